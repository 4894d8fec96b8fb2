import { HOUR_MS } from '@ponte/contracts'
import { dayAt, rangesOf } from '@ponte/operations'
import { expect, test } from 'vitest'
import { timeZone } from '../ui/moment.ts'
import { choiceOf, readEventQuery } from './filters.ts'

const now = new Date('2026-11-26T15:30:00').getTime()
const beginnings = (period: '24h' | '7d' | '30d' | undefined) => [
  choiceOf({ period }, now).since,
  readEventQuery({ period }, [], now).from,
]

test.each(['7d', '30d'] as const)('the %s of failures and events are the days of the results', period => {
  const { from } = rangesOf(period, dayAt(now, timeZone())).range
  for (const since of beginnings(period))
    expect([since, (since ?? 0) - 1].map(at => dayAt(at ?? 0, timeZone()) >= from)).toEqual([true, false])
})

test('24 hours are the current one and the 23 before it, and without a period everything is asked for', () => {
  const first = Math.floor(now / HOUR_MS) * HOUR_MS - 23 * HOUR_MS
  expect(beginnings('24h')).toEqual([first, first])
  expect(beginnings(undefined)).toEqual([0, 0])
})
