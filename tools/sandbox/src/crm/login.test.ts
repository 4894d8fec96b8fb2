import { expect, test } from 'vitest'
import { crmLogin, driveSandbox, resources } from '../testing/drive-sandbox.ts'

test('a login answers 200 and a cookie that opens the API', async () => {
  const { call } = await driveSandbox()
  const { status, headers } = await call('POST', '/crm/api/login', crmLogin)
  expect(status).toBe(200)
  expect(headers['set-cookie']).toMatch(/^JSESSIONID=[^;]+; Path=\/; HttpOnly$/)
  const cookie = `theme=dark; ${String(headers['set-cookie']).split(';')[0]}`
  expect((await call('GET', '/crm/api/integration', undefined, { cookie, ...resources.user })).status).toBe(200)
})

test.each([
  { what: 'password', body: { ...crmLogin, password: 'x' } },
  { what: 'user name', body: { ...crmLogin, username: 'x' } },
  { what: 'tenant', body: { ...crmLogin, tenant: 'x' } },
])('a wrong $what is a 401 without a cookie', async ({ body }) => {
  const { call } = await driveSandbox()
  const answer = await call('POST', '/crm/api/login', body)
  expect(answer).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } })
  expect(answer.headers).not.toHaveProperty('set-cookie')
})

test('login and integration API are where the settings say, and nowhere else', async () => {
  const { call, control, crm } = await driveSandbox()
  expect((await call('POST', '/crm/login', crmLogin)).status).toBe(404)
  await control('PATCH', '/crm/demo', { settings: { loginPath: '/login', integrationPath: '/integration' } })
  expect((await call('POST', '/crm/api/login', crmLogin)).status).toBe(404)
  const { status, headers } = await call('POST', '/crm/login?redirectUrl=/', crmLogin)
  expect(status).toBe(200)
  const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
  expect((await call('GET', '/crm/integration', undefined, { cookie, ...resources.user })).status).toBe(200)
  expect((await call('GET', '/crm/api/integration', undefined, { cookie, ...resources.user })).status).toBe(404)
  await control('PATCH', '/crm/demo', { settings: { loginPath: '/api/login', integrationPath: '/api/integration' } })
  expect((await crm('GET', 'user')).status).toBe(200)
})

test('without a session, and after it expired, everything is a 401', async () => {
  const { call, clock, crm } = await driveSandbox()
  for (const url of ['/crm/api/integration', '/crm/api/v11/opportunity/opportunities/x']) {
    expect((await call('GET', url, undefined, resources.user)).status, url).toBe(401)
  }
  expect((await crm('GET', 'user')).status).toBe(200)
  clock.now += 1_800_000
  expect(await crm('GET', 'user')).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } })
})

test('a session is bound to its tenant', async () => {
  const { call, control, crm } = await driveSandbox()
  await control('PUT', '/crm/other', { username: 'u', password: 'p' })
  await control('POST', '/crm/other/leads', { name: 'Only there' })
  const { headers } = await call('POST', '/crm/api/login', { username: 'u', password: 'p', tenant: 'other' })
  const cookie = String(headers['set-cookie']).split(';')[0] ?? ''
  const there = await call('GET', '/crm/api/integration', undefined, { cookie, ...resources.lead })
  expect(there.body.items).toMatchObject([{ name: 'Only there' }])
  expect((await crm('GET', 'lead')).body.items).toEqual([])
})

test('where a user has one session, a new login ends the one before', async () => {
  const { call, control } = await driveSandbox()
  await control('PATCH', '/crm/demo', { settings: { oneSessionPerUser: true } })
  const logIn = async (): Promise<string> => {
    const { headers } = await call('POST', '/crm/api/login', crmLogin)
    return String(headers['set-cookie']).split(';')[0] ?? ''
  }
  const read = async (cookie: string) =>
    (await call('GET', '/crm/api/integration', undefined, { cookie, ...resources.user })).status
  const [first, second] = [await logIn(), await logIn()]
  expect([await read(first), await read(second)]).toEqual([401, 200])
})
