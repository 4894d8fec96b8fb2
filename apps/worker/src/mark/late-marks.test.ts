import { DAY_MS, type MarkName } from '@ponte/contracts'
import { change, createMarkLedger, packageUntil, readOne, stateKey } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Change,
  contact,
  dropped,
  expectLost,
  fromBefore,
  openRecordedMarks,
  type Person,
  unanswered,
  unreadable,
  won,
} from '../testing/recorded-marks.ts'
import { openTestRedis } from '../testing/test-context.ts'
import { type Evidence, marksShown } from './reported/was-mark-applied.ts'

// Another program has marked: before the switch, beside the shadow, or since an event came that a person sends after a way back.
const redis = openTestRedis()
const inMode =
  (mode: { readonly isLate?: boolean; readonly packageUntil?: number | undefined }): Change =>
  () => ({ mode: () => ({ isShadow: false, isLate: false, packageUntil: undefined, mayWrite: () => true, ...mode }) })

/** An opportunity from before, which is open at the switch: `ponte switch` records it as told, and no contact is known then. */
async function openSwitched({ isClient = false } = {}) {
  const world = openRecordedMarks(redis)
  const { connection, opportunities, leads, funnel } = world
  const ledger = createMarkLedger(redis, connection.tenant.name)
  Object.assign(funnel, { opportunity: true, ...(isClient && { lifecycle_stage: 'Client' }) })
  opportunities.set('one', { ...fromBefore, status: 'PROGRESS' })
  // The other program wrote no id of RD Station into it.
  leads.set('lead', { emails: [{ email: contact.email }] })
  await change(redis, [ledger.beginningOf('one', 'open')])
  return {
    ...world,
    win: () => void opportunities.set('one', { ...fromBefore, ...won }),
    markOf: async () => (await readOne(redis, ledger.readingOf('one')))?.marked,
  }
}
const created = { name: 'opportunity.created' } as const

test('a sale of what was open at the switch is told once, and not as an opportunity again', async () => {
  const { marks, win, run, markOf } = await openSwitched()
  win()
  for (const name of ['opportunity.won', 'opportunity.updated', 'opportunity.won'] as const)
    await run('one', undefined, { name })
  expect([marks, await markOf()]).toEqual([['SALE'], 'won'])
})

test('an event of its creation that comes late marks nothing, before its sale and after', async () => {
  const { marks, win, run, known } = await openSwitched()
  await run('one', undefined, created)
  expect([marks, await known()]).toEqual([[], ['one']])
  win()
  await run('one', undefined, created)
  await run('one', undefined, created)
  expect(marks).toEqual(['SALE'])
})

test('an opportunity from before counts as it was when Ponte first saw it, also where its lead could not be read then', async () => {
  const { open, win, marks } = openRecordedMarks(redis)
  await expect(open('one', fromBefore, unreadable('lead'))).rejects.toThrow('CRM_UNREADABLE')
  await win('one', fromBefore)
  expect(marks).toEqual(['SALE'])
})

test.each([
  ['of a new client', unanswered, false],
  ['of a new client', dropped, false],
  ['of a client', unanswered, true],
  ['of a client', dropped, true],
])('a sale %s whose answer is lost is told once, whether it arrived or not', async (_whose, fault, isClient) => {
  const { marks, win, run } = await openSwitched({ isClient })
  win()
  await expectLost(run('one', fault))
  await run('one')
  await run('one')
  expect(marks).toEqual(['SALE'])
})

test.each([
  ['nothing came of it before', false],
  ['it was seen at the old one', true],
])('a sale goes to the address that the lead has by then, where %s', async (_where, isSeen) => {
  const { taken, leads, person, win, run } = await openSwitched()
  if (isSeen) await run('one', undefined, created)
  person.email = 'outro.endereco@cliente.example'
  leads.set('lead', { emails: [{ email: person.email }] })
  win()
  await expectLost(run('one', unanswered))
  await run('one')
  expect(taken()).toEqual([['SALE']])
})

test('another opportunity of the contact is told beside it, and is what the contact shows after its sale', async () => {
  const { marks, funnel, open, win, run } = await openSwitched()
  await open('two')
  win()
  await run('one')
  await run('two')
  expect([marks, funnel.opportunity]).toEqual([['OPPORTUNITY', 'SALE', 'OPPORTUNITY'], true])
})

test('what was created and ended beside the shadow is not marked when it is saved after the switch, and later changes are', async () => {
  const { connection, marks, win } = openRecordedMarks(redis)
  const at = Date.now()
  await redis.set(stateKey(connection.tenant.name, 'start'), at - 3000)
  const live = { mode: 'live', since: at, shadowSince: at - 2000, shadowEndedAt: at } as const
  const createdAt = new Date(at - 1000).toISOString()
  for (const mode of [live, { ...live, offAt: at - 500 }])
    await win(crypto.randomUUID(), { createdAt }, inMode({ packageUntil: packageUntil(mode) }))
  expect(marks).toEqual([])
  await win('later', { createdAt }, inMode({ packageUntil: packageUntil({ ...live, offAt: at - 1500 }) }))
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

test('what was created and won while nobody served the tenant for weeks is not marked when it is saved later, and what was created before is', async () => {
  const { connection, marks, win } = openRecordedMarks(redis)
  const { name } = connection.tenant
  const [left, back] = [Date.now() - 22 * DAY_MS, Date.now() - DAY_MS]
  await redis.set(stateKey(name, 'start'), left - DAY_MS)
  await redis.zadd(stateKey(name, 'absences'), back, String(left))
  await win('meanwhile', { createdAt: new Date(left + DAY_MS).toISOString() })
  expect(marks).toEqual([])
  await win('before', { createdAt: new Date(left - 1000).toISOString() })
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

const receivedAt = Date.now() - 60_000

test.each<[string, object, readonly Person['marks'][number]['type'][], readonly string[]]>([
  ['what the other program has made is not made again', won, ['OPPORTUNITY', 'SALE'], []],
  ['of what it made in part the rest is made', won, ['OPPORTUNITY'], ['SALE']],
  ['what it has not made is made', won, [], ['OPPORTUNITY', 'SALE']],
  ['an opportunity that it has marked is not marked again', { status: 'PROGRESS' }, ['OPPORTUNITY'], []],
  ['a loss that it has marked is not marked again', { status: 'LOST' }, ['OPPORTUNITY', 'OPPORTUNITY_LOST'], []],
])('of an event that is late %s', async (_what, opportunity, made, wanted) => {
  const { opportunities, marks, take, run } = openRecordedMarks(redis)
  opportunities.set('one', opportunity)
  for (const type of made) take({ type, email: contact.email, value: 5, reason: '' })
  marks.length = 0
  await run('one', inMode({ isLate: true }), { receivedAt })
  expect(marks).toEqual(wanted)
  // What counts as made is recorded: a later run finds nothing to do.
  await run('one')
  expect(marks).toEqual(wanted)
})

test('an event that is not late asks RD Station nothing of this, and makes its marks', async () => {
  const { marks, win } = openRecordedMarks(redis)
  const unasked: Change = ({ rd }) => ({ rd: { ...rd, findFunnel: () => Promise.reject(new Error('it was asked')) } })
  await win('one', {}, unasked, { receivedAt })
  expect(marks).toEqual(['OPPORTUNITY', 'SALE'])
})

/** RD Station, after the first `made` of the marks that are due. */
function shownAfter(due: readonly MarkName[], { made, shown, sold, olderBy, aheadMs }: World): Evidence {
  const times = olderBy.map(ms => receivedAt - 60_001 - ms)
  let [isOpportunity, isClient] = [shown, sold]
  for (const [index, mark] of due.slice(0, made).entries()) {
    isOpportunity = mark === 'opportunity'
    isClient ||= mark === 'sale'
    if (mark === 'opportunity') times.push(receivedAt + index)
  }
  return {
    funnel: { opportunity: isOpportunity, lifecycle_stage: isClient ? 'Client' : 'Lead' },
    opened: { times: times.map(time => time + aheadMs), aheadMs },
  }
}
interface World {
  readonly made: number
  readonly shown: boolean
  readonly sold: boolean
  readonly olderBy: readonly number[]
  readonly aheadMs: number
}

test('of the marks that are due, exactly those count as made that another program has made since, and none where RD Station does not know the contact', () => {
  const end = fc.constantFrom<readonly MarkName[]>([], ['sale'], ['loss'])
  const world = fc.record({
    made: fc.nat({ max: 2 }),
    shown: fc.boolean(),
    sold: fc.boolean(),
    olderBy: fc.array(fc.nat({ max: 600_000 }), { maxLength: 3 }),
    aheadMs: fc.integer({ min: -3_600_000, max: 3_600_000 }),
  })
  fc.assert(
    fc.property(end, world, (last, before) => {
      const due: readonly MarkName[] = before.shown ? last : ['opportunity', ...last]
      const evidence = shownAfter(due, before)
      const known = { since: receivedAt, shown: before.shown, sold: before.sold }
      expect(marksShown(due, known, evidence)).toEqual(due.slice(0, before.made))
      expect(marksShown(due, known, { ...evidence, funnel: undefined })).toEqual([])
    }),
  )
})
