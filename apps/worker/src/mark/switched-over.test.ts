import { DAY_MS } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import { packageUntil, change, createMarkLedger, readOne, stateKey } from '@ponte/state'
import { afterAll, expect, inject, test } from 'vitest'
import { type Change, contact, lost, openRecordedMarks } from '../testing/recorded-marks.ts'

// `ponte switch` records what is open as told: no contact is known then, and another program made the mark.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const open = { status: 'PROGRESS', createdAt: '2020-01-01T00:00:00Z' }
const won = { ...open, status: 'WON', totalValue: 5 }

/** An opportunity from before, which is open at the switch. */
async function openSwitched({ isClient = false } = {}) {
  const world = openRecordedMarks(redis)
  const { connection, opportunities, leads, funnel, people } = world
  const ledger = createMarkLedger(redis, connection.tenant.name)
  Object.assign(funnel, { opportunity: true, ...(isClient && { lifecycle_stage: 'Client' }) })
  opportunities.set('one', open)
  // The other program wrote no id of RD Station into it.
  leads.set('lead', { emails: [{ email: contact.email }] })
  await change(redis, [ledger.beginningOf('one', 'open')])
  const [person] = people
  if (person === undefined) throw new Error('there is nobody')
  return {
    ...world,
    person,
    win: () => opportunities.set('one', won),
    markOf: async () => (await readOne(redis, ledger.readingOf('one')))?.marked,
  }
}

/** RD Station takes the mark, and the answer is lost. */
const unanswered: Change = ({ rd }) => ({
  rd: { ...rd, sendMark: async mark => (await rd.sendMark(mark), await lost()) },
})
/** RD Station never takes it. */
const dropped: Change = ({ rd }) => ({ rd: { ...rd, sendMark: lost } })
const created = { name: 'opportunity.created' } as const

test('a sale of what was open at the switch is told once, and not as an opportunity again', async () => {
  const { marks, win, run, markOf } = await openSwitched()
  win()
  for (const name of ['opportunity.won', 'opportunity.updated', 'opportunity.won'] as const)
    await run('one', undefined, undefined, { name })
  expect([marks, await markOf()]).toEqual([['SALE'], 'won'])
})

test('a loss of what was open at the switch is told once', async () => {
  const { marks, opportunities, run } = await openSwitched()
  opportunities.set('one', { ...open, status: 'LOST' })
  await run('one')
  await run('one')
  expect(marks).toEqual(['OPPORTUNITY_LOST'])
})

test('an event of its creation that comes late marks nothing, before its sale and after', async () => {
  const { marks, win, run, known } = await openSwitched()
  await run('one', undefined, undefined, created)
  expect([marks, await known()]).toEqual([[], ['one']])
  win()
  await run('one', undefined, undefined, created)
  await run('one', undefined, undefined, created)
  expect(marks).toEqual(['SALE'])
})

test.each([
  { name: 'of a new client', isClient: false },
  { name: 'of a client', isClient: true },
])('a sale $name whose answer is lost is told once, whether it arrived or not', async ({ isClient }) => {
  for (const fault of [unanswered, dropped]) {
    const { marks, win, run } = await openSwitched({ isClient })
    win()
    await expect(run('one', fault)).rejects.toThrow('RD_UNREACHABLE')
    await run('one')
    await run('one')
    expect(marks).toEqual(['SALE'])
  }
})

const NEW_EMAIL = 'outro.endereco@cliente.example'

test.each([
  { name: 'nothing came of it before', isSeen: false },
  { name: 'it was seen at the old one', isSeen: true },
])('a sale goes to the address that the lead has by then, where $name', async ({ isSeen }) => {
  const { marks, leads, person, win, run } = await openSwitched()
  if (isSeen) await run('one', undefined, undefined, created)
  person.email = NEW_EMAIL
  leads.set('lead', { emails: [{ email: NEW_EMAIL }] })
  win()
  await expect(run('one', unanswered)).rejects.toThrow('RD_UNREACHABLE')
  await run('one')
  expect([marks, person.marks.map(({ type }) => type)]).toEqual([['SALE'], ['SALE']])
})

test('another opportunity of the contact is told beside it, and is what the contact shows after its sale', async () => {
  const { marks, funnel, opportunities, win, run } = await openSwitched()
  opportunities.set('two', { status: 'PROGRESS' })
  await run('two')
  win()
  await run('one')
  await run('two')
  expect([marks, funnel.opportunity]).toEqual([['OPPORTUNITY', 'SALE', 'OPPORTUNITY'], true])
})

test('what was created and ended beside the shadow is not marked when it is saved after the switch, and later changes are', async () => {
  const { connection, marks, opportunities, run } = openRecordedMarks(redis)
  const at = Date.now()
  await redis.set(stateKey(connection.tenant.name, 'start'), at - 3000)
  const live = { mode: 'live', since: at, shadowSince: at - 2000, shadowEndedAt: at } as const
  const createdAt = new Date(at - 1000).toISOString()
  const inMode = (until: number | undefined) => ({
    mode: () => ({ isShadow: false, isLate: false, packageUntil: until, mayWrite: () => true }),
  })
  for (const mode of [live, { ...live, offAt: at - 500 }]) {
    const id = crypto.randomUUID()
    opportunities.set(id, { status: 'WON', createdAt, totalValue: 5 })
    await run(id, () => inMode(packageUntil(mode)))
    expect(marks).toEqual([])
  }
  opportunities.set('later', { status: 'WON', createdAt, totalValue: 5 })
  await run('later', () => inMode(packageUntil({ ...live, offAt: at - 1500 })))
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

test('what was created and won while nobody served the tenant for weeks is not marked when it is saved later, and what was created before is', async () => {
  const { connection, marks, opportunities, run } = openRecordedMarks(redis)
  const { name } = connection.tenant
  const [left, back] = [Date.now() - 22 * DAY_MS, Date.now() - DAY_MS]
  await redis.set(stateKey(name, 'start'), left - DAY_MS)
  await redis.zadd(stateKey(name, 'absences'), back, String(left))
  const createdAt = (ms: number) => new Date(ms).toISOString()
  opportunities.set('meanwhile', { status: 'WON', createdAt: createdAt(left + DAY_MS), totalValue: 5 })
  await run('meanwhile')
  expect(marks).toEqual([])
  opportunities.set('before', { status: 'WON', createdAt: createdAt(left - 1000), totalValue: 5 })
  await run('before')
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})
