import type { SentMark } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptMark, asRecorded } from './reported.ts'
import { hasArrived, hasReached, newestOf, openedJustNow } from './was-mark-applied.ts'

const NOON = Date.UTC(2026, 0, 1, 12)
const funnel = { opportunity: true, lifecycle_stage: 'Lead' }
const AHEAD_MS = -90_000

const sentAt = (at: number, newestBefore: number | undefined): SentMark => ({
  ...{ mark: 'opportunity', opportunityId: 'o', at, address: 'a', wasShown: true, wasSold: false, newestBefore },
})

/** An opportunity mark that arrived: how long after the one before, how long it took, and after how many reads it is listed. */
const arrived = fc.record({
  pauseMs: fc.integer({ min: 1, max: 200_000 }),
  tookMs: fc.integer({ min: 0, max: 20_000 }),
  listedAfterMs: fc.integer({ min: 0, max: 100_000 }),
})

test('however late RD Station lists the events of earlier marks, none of them is taken for that of a mark that did not arrive', () => {
  fc.assert(
    fc.property(
      fc.array(arrived, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 100_000 }),
      (marks, lastMs) => {
        let contact = { shown: true, sold: false }
        let now = NOON
        const events: { readonly time: number; readonly listedAt: number }[] = []
        const listed = (at: number) => ({
          times: events.filter(({ listedAt }) => listedAt <= at).map(({ time }) => time),
          aheadMs: AHEAD_MS,
        })
        const send = (): SentMark => {
          const latest = openedJustNow(contact, now)
          return sentAt(now, latest && newestOf(latest, listed(now)))
        }
        for (const { pauseMs, tookMs, listedAfterMs } of marks) {
          now += pauseMs
          const sent = send()
          events.push({ time: now + tookMs + AHEAD_MS, listedAt: now + tookMs + listedAfterMs })
          now += tookMs
          ;({ contact } = acceptMark(asRecorded({ contact, marks: new Map() }), sent, undefined))
        }
        now += lastMs
        const last = send()
        expect(hasArrived(last, { funnel, opened: listed(Infinity) })).toBe(false)
      },
    ),
  )
})

test('an event that is newer than those of earlier marks is that of the mark', () => {
  const listed = { times: [NOON + AHEAD_MS], aheadMs: AHEAD_MS }
  const newest = newestOf({ at: NOON }, listed)
  const opened = { ...listed, times: [NOON + 5000 + AHEAD_MS, ...listed.times] }
  expect(hasArrived(sentAt(NOON + 5000, newest), { funnel, opened })).toBe(true)
})

const sent = {
  mark: 'sale',
  opportunityId: 'one',
  at: 1_000_000,
  address: 'a',
  wasShown: true,
  wasSold: false,
} as const

const lead = { lifecycle_stage: 'Lead', opportunity: true }
const client = { lifecycle_stage: 'Client', opportunity: false }
const openedAt = (ms: number, aheadMs = 0) => ({ times: [ms], aheadMs })
const never = { times: [], aheadMs: 0 }

test.each([
  ['a sale of somebody who is no client did not arrive', sent, { funnel: lead, opened: never }, false, false],
  [
    'of a client it did, where RD Station showed an opportunity before',
    sent,
    { funnel: client, opened: never },
    true,
    true,
  ],
  [
    'of somebody who was a client and no opportunity, nobody can tell',
    { ...sent, wasShown: false, wasSold: true },
    { funnel: client, opened: never },
    undefined,
    undefined,
  ],
  [
    'a loss right after an end, neither',
    { ...sent, mark: 'loss', wasShown: false },
    { funnel: client, opened: never },
    undefined,
    undefined,
  ],
  [
    'an opportunity that has no event did not',
    { ...sent, mark: 'opportunity' },
    { funnel: lead, opened: openedAt(1000) },
    false,
    false,
  ],
  [
    'an opportunity that ended since has one',
    { ...sent, mark: 'opportunity' },
    { funnel: client, opened: openedAt(1_000_000) },
    false,
    true,
  ],
  [
    'a loss after which somebody marked the contact again, nobody can tell later',
    { ...sent, mark: 'loss' },
    { funnel: lead, opened: openedAt(9_000_000) },
    false,
    undefined,
  ],
  [
    'an opportunity has one, by a clock that is 90 s behind',
    { ...sent, mark: 'opportunity' },
    { funnel: lead, opened: openedAt(sent.at - 90_000, -90_000) },
    true,
    true,
  ],
  [
    'an event of before is none of it, although it is young',
    { ...sent, mark: 'opportunity', newestBefore: sent.at - 1000 },
    { funnel: lead, opened: openedAt(sent.at - 1000) },
    false,
    false,
  ],
  [
    'a newer one than before is, whatever the clocks',
    { ...sent, mark: 'opportunity', newestBefore: 1000 },
    { funnel: lead, opened: openedAt(1001) },
    true,
    true,
  ],
  ['nobody can tell of a contact that is gone', sent, { funnel: undefined, opened: never }, false, undefined],
] as const)('%s', (_what, mark, evidence, arrived, reached) => {
  expect([hasArrived(mark, evidence), hasReached(mark, evidence)]).toEqual([arrived, reached])
})
