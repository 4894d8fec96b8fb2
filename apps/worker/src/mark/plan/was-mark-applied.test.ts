import type { SentMark } from '@ponte/state'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptMark } from './standing.ts'
import { hasArrived, newestOf, openedJustNow } from './was-mark-applied.ts'

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
          ;({ contact } = acceptMark({ contact, marks: new Map() }, sent, undefined))
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
