import type { MarkName } from '@ponte/contracts'
import { createLogger, openWorkerRedis } from '@ponte/runtime'
import fc from 'fast-check'
import { afterAll, expect, inject, test } from 'vitest'
import { type Change, openRecordedMarks } from '../testing/recorded-marks.ts'
import { type Evidence, marksShown } from './reported/was-mark-applied.ts'

// What a person sends after a way back: another program has worked since the event came, and may have made the marks.
const redis = openWorkerRedis(inject('redisUrl'), createLogger({ level: 'silent', process: 'test' }))
afterAll(() => redis.disconnect())

const late: Change = () => ({
  mode: () => ({ isShadow: false, isLate: true, packageUntil: undefined, mayWrite: () => true }),
})
const receivedAt = Date.now() - 60_000
const sale = { status: 'WON', totalValue: 5 }

test.each([
  ['what the other program has made is not made again', sale, ['OPPORTUNITY', 'SALE'], []],
  ['of what it made in part the rest is made', sale, ['OPPORTUNITY'], ['SALE']],
  ['what it has not made is made', sale, [], ['OPPORTUNITY', 'SALE']],
  ['an opportunity that it has marked is not marked again', { status: 'PROGRESS' }, ['OPPORTUNITY'], []],
  ['a loss that it has marked is not marked again', { status: 'LOST' }, ['OPPORTUNITY', 'OPPORTUNITY_LOST'], []],
] as const)('%s', async (_what, opportunity, made, wanted) => {
  const { opportunities, marks, take, people, run } = openRecordedMarks(redis)
  opportunities.set('one', opportunity)
  for (const type of made)
    take({ type, email: people[0]?.email ?? '', ...(type === 'SALE' && { value: 5 }) } as Parameters<typeof take>[0])
  marks.length = 0
  await run('one', late, undefined, { receivedAt })
  expect(marks).toEqual(wanted)
  // What counts as made is recorded: a later run finds nothing to do.
  await run('one')
  expect(marks).toEqual(wanted)
})

test('an event that is not late asks RD Station nothing of this, and makes its marks', async () => {
  const { opportunities, marks, run } = openRecordedMarks(redis)
  opportunities.set('one', sale)
  const unasked: Change = ({ rd }) => ({ rd: { ...rd, findFunnel: () => Promise.reject(new Error('it was asked')) } })
  await run('one', unasked, undefined, { receivedAt })
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
