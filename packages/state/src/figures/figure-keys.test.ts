import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCalendar, lastHours } from './figure-keys.ts'

const HOUR_MS = 3_600_000
const at = (text: string): number => Date.parse(text)

test('a day begins at midnight of its zone, also where the clocks change', () => {
  const calendar = createCalendar('America/Sao_Paulo')
  expect(calendar.lastDays(2, at('2026-11-26T02:59:59Z'))).toEqual([
    { day: '2026-11-24', start: at('2026-11-24T03:00:00Z'), end: at('2026-11-25T03:00:00Z') },
    { day: '2026-11-25', start: at('2026-11-25T03:00:00Z'), end: at('2026-11-26T03:00:00Z') },
  ])
  // The clocks went forward at midnight: that day began at one.
  expect(calendar.lastDays(1, at('2018-11-04T12:00:00Z'))).toEqual([
    { day: '2018-11-04', start: at('2018-11-04T03:00:00Z'), end: at('2018-11-05T02:00:00Z') },
  ])
  const [short] = createCalendar('Europe/Berlin').lastDays(1, at('2026-03-29T12:00:00Z'))
  expect(short && short.end - short.start).toBe(23 * HOUR_MS)
  const [long] = createCalendar('Europe/Berlin').lastDays(1, at('2026-10-25T12:00:00Z'))
  expect(long && long.end - long.start).toBe(25 * HOUR_MS)
})

const zones = ['America/Sao_Paulo', 'UTC', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'America/St_Johns', 'Pacific/Apia']

test('whatever the zone and however the clock jumps, a time belongs to the day that the reader has it in', () => {
  const time = fc.integer({ min: at('2015-01-01'), max: at('2035-01-01') })
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.array(time, { minLength: 1, maxLength: 5 }), (zone, times) => {
      const recorder = createCalendar(zone)
      for (const now of times) {
        const days = createCalendar(zone).lastDays(3, now)
        const last = days.at(-1)
        expect(last?.day).toBe(recorder.dayOf(now))
        expect(last?.start).toBeLessThanOrEqual(now)
        expect(last?.end).toBeGreaterThan(now)
        expect(days.slice(1).map(({ start }) => start)).toEqual(days.slice(0, -1).map(({ end }) => end))
        for (const { day, start, end } of days.filter(each => each.end > each.start)) {
          expect(recorder.dayOf(start)).toBe(day)
          expect(recorder.dayOf(end - 1)).toBe(day)
        }
      }
    }),
  )
})

test('the last of 24 hours is the one that has begun', () => {
  const hours = lastHours(24, at('2026-11-26T02:30:00Z'))
  expect(hours).toHaveLength(24)
  expect(hours.at(-1)).toEqual({
    hour: '2026-11-26T02',
    start: at('2026-11-26T02:00:00Z'),
    end: at('2026-11-26T03:00:00Z'),
  })
  expect(hours[0]?.start).toBe(at('2026-11-25T03:00:00Z'))
})
