import { HOUR_MS } from '@ponte/contracts'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCalendar, lastHours } from './figure-keys.ts'

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

test('whatever the zone and however the clock jumps, an hour of a day is when the clock shows it first', () => {
  const time = fc.integer({ min: at('2015-01-01'), max: at('2035-01-01') })
  // Days on which clocks changed in some of the zones, besides all others.
  const changes = fc.constantFrom('2018-11-04', '2018-02-18', '2026-04-05', '2026-10-04', '2026-03-08', '2026-11-01')
  const moment = fc.oneof(
    time,
    changes.map(day => at(`${day}T14:00:00Z`)),
  )
  fc.assert(
    fc.property(fc.constantFrom(...zones), moment, fc.integer({ min: 0, max: 23 }), (timeZone, now, hour) => {
      const calendar = createCalendar(timeZone)
      const [day] = calendar.lastDays(1, now)
      if (day === undefined) throw new TypeError('one day')
      const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
      const quarters = Array.from({ length: 4 * 25 }, (_, index) => day.start + (index * HOUR_MS) / 4)
      const shown = quarters.find(
        each => clock.format(each) === `${String(hour).padStart(2, '0')}:00` && calendar.dayOf(each) === day.day,
      )
      if (shown !== undefined) expect(calendar.atHour(day, hour)).toBe(shown)
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
