import { describe, expect, test } from 'vitest'
import type { RecordedMarks } from '@ponte/state'
import { causeOf } from './registration-cause.ts'

const nothingMarked: RecordedMarks = { isOwn: () => false, latestIfOwn: () => undefined }
const receivedAt = '2026-11-28T12:00:00.000Z'
const received = Date.parse(receivedAt)
const converted = (aheadMs: number) =>
  causeOf(
    {
      v: 1,
      key: 'key-1',
      receivedAt,
      lead: { convertedAt: new Date(received + aheadMs).toISOString() },
    },
    nothingMarked,
  )

test('a conversion keeps its time where the clock of RD Station is a little ahead of the ingress', () => {
  for (const aheadMs of [-60_000, 0, 1, 60_000, 300_000])
    expect(converted(aheadMs)).toEqual({ kind: 'conversion', at: received + aheadMs })
})

test('a time that is further ahead is a wrong clock: the time of the delivery puts it in order, its own makes it the same', () => {
  expect(converted(300_001)).toEqual({ kind: 'conversion', at: received, statedAt: received + 300_001 })
})

test('of two conversions by a clock that is ahead the later one is the later one, in whichever order and when they come', () => {
  // The second is delivered at once, the first half an hour late.
  const second = causeOf(
    {
      v: 1,
      key: 'key-2',
      receivedAt: '2026-11-28T12:00:31.000Z',
      lead: { convertedAt: '2026-11-28T12:01:30.000Z' },
    },
    nothingMarked,
  )
  const first = causeOf(
    {
      v: 1,
      key: 'key-1',
      receivedAt: '2026-11-28T12:30:00.000Z',
      lead: { convertedAt: '2026-11-28T12:01:00.000Z' },
    },
    nothingMarked,
  )
  expect(first.at).toBeLessThan(second.at)
})

test('a delivery that tells no time has that of its receipt', () => {
  const cause = causeOf({ v: 1, key: 'key-1', receivedAt, lead: {} }, nothingMarked)
  expect(cause).toEqual({ kind: 'conversion', at: received, isReceived: true })
})

test.each([
  ['a delivery for a mark without its time', 'mark', { deliveredFor: 'mark' }],
  ['a flow that tells no time', 'mark', { deliveredFor: 'mark-or-conversion' }],
  ['a flow whose last conversion is older', 'mark', { deliveredFor: 'mark-or-conversion', convertedAt: receivedAt }],
  ['a conversion', 'conversion', { convertedAt: receivedAt }],
] as const)("beside a mark of Ponte's, %s is a %s", (_what, kind, lead) => {
  const marked: RecordedMarks = { isOwn: () => false, latestIfOwn: () => received + 1 }
  expect(causeOf({ v: 1, key: 'k', receivedAt, lead }, marked).kind).toBe(kind)
})

describe('while the package made the marks', () => {
  const until = received - 60_000
  const cause = (lead: Parameters<typeof causeOf>[0]['lead']) =>
    causeOf({ v: 1, key: 'k', receivedAt, lead }, nothingMarked, until)
  const timeOf = (beforeMs: number) => new Date(until - beforeMs).toISOString()

  test('its marks are like own ones: their echoes open nothing, however late they come', () => {
    for (const beforeMs of [0, 1000, 86_400_000])
      expect(cause({ deliveredFor: 'mark', markedAt: timeOf(beforeMs) })).toMatchObject({ kind: 'mark', isOurs: true })
    expect(cause({ deliveredFor: 'mark' })).toMatchObject({ kind: 'mark', isOurs: true })
    expect(cause({ deliveredFor: 'mark-or-conversion', markedAt: timeOf(0) })).toMatchObject({ isOurs: true })
  })

  test('a mark by marketing after it counts as one, and so does a conversion of a contact that was marked before', () => {
    const later = new Date(until + 61_000).toISOString()
    expect(cause({ deliveredFor: 'mark', markedAt: later })).toMatchObject({ kind: 'mark', isOurs: false })
    for (const lead of [
      { deliveredFor: 'mark-or-conversion' as const, markedAt: timeOf(86_400_000) },
      { deliveredFor: 'mark-or-conversion' as const },
      { convertedAt: timeOf(0) },
    ])
      expect(cause(lead)).toMatchObject({ kind: 'conversion' })
  })
})
