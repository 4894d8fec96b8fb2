import { expect, test } from 'vitest'
import { client, crmLogin, driveSandbox, newLead } from './testing/drive-sandbox.ts'

test('every call is written down with whose it is, what it said and what it was answered', async () => {
  const { control, crm, rd } = await driveSandbox()
  await rd('GET', '/platform/contacts/email:maria%40example.com?x=1')
  await crm('POST', 'lead', { action: 'create', body: newLead })
  await crm('GET', 'lead', { filter: '{code->eq->61}' })
  const calls = async (query: string) => (await control('GET', `/calls?${query}`)).body

  expect(await calls('system=rd-station&path=/platform')).toEqual([
    {
      number: 2,
      at: '2026-05-04T12:00:00.000Z',
      system: 'rd-station',
      account: 'demo',
      method: 'GET',
      path: '/platform/contacts/email:maria@example.com',
      query: { x: '1' },
      integration: {},
      status: 404,
    },
  ])
  expect(await calls('resource=leads-integration&method=POST')).toMatchObject([
    {
      account: 'demo',
      integration: { action: 'create', service: 'customer', version: 'v1' },
      body: newLead,
      status: 200,
    },
  ])
  expect(await calls('resource=leads-integration&after=4')).toMatchObject([
    { integration: { filter: '{code->eq->61}' } },
  ])
  expect(await calls('system=totvs-crm&last=1')).toMatchObject([{ integration: { filter: '{code->eq->61}' } }])
})

test('calls to unknown addresses and refused calls are written down too', async () => {
  const { call, control } = await driveSandbox()
  expect((await call('POST', '/rd/platform/nothing', {})).status).toBe(404)
  expect((await call('GET', '/crm/nothing')).status).toBe(404)
  expect((await call('GET', '/crm/api/integration')).status).toBe(401)
  const { body } = await control('GET', '/calls')
  expect(body).toMatchObject([
    { system: 'rd-station', path: '/platform/nothing', account: null, status: 404 },
    { system: 'totvs-crm', path: '/nothing', account: null, status: 404 },
    { system: 'totvs-crm', path: '/api/integration', account: null, status: 401 },
  ])
})

test('passwords and tokens are not written down', async () => {
  const { call, control } = await driveSandbox()
  await call('POST', '/rd/auth/token', { ...client, refresh_token: 'demo-refresh' })
  await call('POST', '/crm/api/login', crmLogin)
  const { body } = await control('GET', '/calls')
  expect(body).toMatchObject([
    { account: 'demo', body: { client_id: 'demo-client', client_secret: '***', refresh_token: '***' } },
    { account: 'demo', body: { username: crmLogin.username, password: '***' } },
  ])
})

test('a reset forgets calls, faults, deliveries, records and other accounts', async () => {
  const { control, crm } = await driveSandbox()
  await crm('POST', 'lead', { action: 'create', body: newLead })
  await control('PUT', '/rd/other', { clientId: 'o', clientSecret: 's', refreshToken: 'r' })
  await control('POST', '/faults', { system: 'rd-station', kind: 'hang' })
  expect((await control('POST', '/reset')).status).toBe(204)
  expect((await control('GET', '/calls')).body).toEqual([])
  expect((await control('GET', '/faults')).body).toEqual([])
  expect((await control('GET', '/crm/demo')).body.leads).toEqual([])
  expect((await control('GET', '/rd/other')).status).toBe(404)
})
