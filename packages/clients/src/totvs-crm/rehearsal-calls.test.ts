import { expect, test } from 'vitest'
import { callsOf, connect, startCrm } from '../testing/fake-crm.ts'
import { failureOf } from '../testing/recording-guard.ts'

test('a record is removed by its id, and one that is gone is no failure', async () => {
  await using server = await startCrm(({ headers }) =>
    headers['integration-filter'] === '{id->eq->l1}' ? { json: { id: 'l1' } } : { status: 404, json: {} },
  )
  const { client } = connect(server)
  await client.remove('lead', 'l1')
  await client.remove('opportunity', 'o1')
  expect(
    callsOf(server).map(({ headers }) => [headers['integration-action'], headers['integration-resource']]),
  ).toEqual([
    ['delete', 'leads-integration'],
    ['delete', 'opportunities-integration'],
  ])
})

test('a CRM that removes nothing says so', async () => {
  await using server = await startCrm(() => ({ status: 400, json: { code: 'X', message: 'no' } }))
  expect(await failureOf(connect(server).client.remove('lead', 'l1'))).toMatchObject({ code: 'CRM_REJECTED' })
})

test('a page comes as it is, of any resource', async () => {
  await using server = await startCrm(() => ({ json: [{ id: 1, further: null }] }))
  const { client } = connect(server)
  const resource = { service: 'ponte', resource: 'anything', version: 'v9' }
  expect(await client.pageOf(resource, { number: 2, size: 1 })).toEqual([{ id: 1, further: null }])
  expect(callsOf(server)[0]?.path).toBe('/api/integration?page=2&pageSize=1')
})
