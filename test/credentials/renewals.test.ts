import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'
import { type Company, shareCompany } from '../support/company.ts'
import { announceAll, bringMany, type Brought, expectAllMarked } from '../support/marks/many-people.ts'
import { openQueueView, type QueueView } from '../support/queue-view.ts'

// Two workers share each token and each session.
let company: Company
let view: QueueView
beforeAll(async () => {
  company = await shareCompany('tokens', { workflows: false })
  view = openQueueView(inject('redisUrl'), company.ponte.tenant.name)
})
afterAll(async () => {
  await view.close()
  await company.stop()
})
afterEach(() => company.sandbox.clearFaults())

const renewalsAfter = async (after: number): Promise<(number | null)[]> =>
  (await company.sandbox.calls({ path: '/auth/token', after })).map(({ status }) => status)
const loginsAfter = async (after: number): Promise<(number | null)[]> =>
  (await company.sandbox.calls({ path: '/api/login', after })).map(({ status }) => status)

async function bring(count: number): Promise<Brought> {
  const brought = await bringMany(company, count)
  await view.untilQuiet('totvs-crm')
  return brought
}

test('an expired access token is renewed once, by two workers with a backlog at the same moment', async () => {
  const brought = await bring(16)
  const [first, ...others] = brought
  await announceAll(company, first === undefined ? [] : [first])
  await expectAllMarked(company, first === undefined ? [] : [first])
  await company.rd.expireTokens()
  const before = await company.numberOfLastCall()
  await announceAll(company, others)
  await expectAllMarked(company, brought)
  expect(await renewalsAfter(before)).toEqual([200])
  const refused = (await company.sandbox.calls({ system: 'rd-station', after: before })).filter(c => c.status === 401)
  expect(refused.length).toBeGreaterThanOrEqual(1)
  expect(await view.failed('rd-station')).toEqual([])
})

test.each(['oauth', 'errors', 'array', 'header'] as const)(
  'a token that RD Station calls expired in the form "%s" is renewed, and no attempt is spent',
  async expiredTokenShape => {
    await company.rd.change({ settings: { expiredTokenShape } })
    const [brought] = await bring(1)
    await company.rd.expireTokens()
    const before = await company.numberOfLastCall()
    await company.announce('created', brought?.opportunity.id ?? '')
    const job = await view.endedJob('rd-station', brought?.opportunity.id ?? '')
    expect(job).toMatchObject({ state: 'completed', attempts: 1 })
    expect(await renewalsAfter(before)).toEqual([200])
  },
)

test('a renewal that fails for a moment is made again', async () => {
  const [brought] = await bring(1)
  await company.rd.expireTokens()
  const before = await company.numberOfLastCall()
  await company.sandbox.addFault({ system: 'rd-station', match: { path: '/auth/token' }, kind: 'status', status: 503 })
  await announceAll(company, brought === undefined ? [] : [brought])
  await expectAllMarked(company, brought === undefined ? [] : [brought])
  expect(await renewalsAfter(before)).toEqual([503, 200])
})

test('an expired session of TOTVS CRM is one login for all workers, and no attempt is spent', async () => {
  await bring(4)
  await company.crm.expireSessions()
  const before = await company.numberOfLastCall()
  const brought = await bring(12)
  const jobs = await Promise.all(brought.map(({ contact }) => view.endedJob('totvs-crm', contact.uuid)))
  expect(jobs.map(({ attempts, state }) => [state, attempts])).toEqual(brought.map(() => ['completed', 1]))
  expect(await loginsAfter(before)).toEqual([200])
})
