import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readRdEventTime } from './rd-time.ts'

const time = fc.integer({ min: Date.UTC(2010), max: Date.UTC(2030) })
const textOf = (at: number, offsetMs = 0): string =>
  new Date(at + offsetMs).toISOString().slice(0, -1).replace('T', ' ')
const BRASILIA_MS = -3 * 3_600_000

test('a time without an offset is the one of UTC and Brasília that is sought, wherever the process runs', () => {
  const zone = fc.constantFrom(0, BRASILIA_MS)
  fc.assert(
    fc.property(time, zone, fc.integer({ min: -2000, max: 2000 }), (at, offsetMs, offMs) => {
      expect(readRdEventTime(textOf(at, offsetMs), at + offMs)).toBe(at)
    }),
  )
})

test('a time without an offset is UTC where neither is sought', () => {
  const farAway = fc.integer({ min: 2001, max: 3_000_000 })
  fc.assert(
    fc.property(time, farAway, fc.constantFrom(-1, 1), (at, offMs, sign) => {
      expect(readRdEventTime(textOf(at), at + sign * offMs)).toBe(at)
    }),
  )
  expect(readRdEventTime('2026-11-29 11:00:00')).toBe(Date.UTC(2026, 10, 29, 11))
})

test('an offset counts, whatever is sought', () => {
  for (const text of ['2026-11-29T08:00:00-03:00', '2026-11-29 11:00:00 UTC', '2026-11-29T11:00:00Z'])
    for (const soughtHour of [8, 11, 14])
      expect(readRdEventTime(text, Date.UTC(2026, 10, 29, soughtHour))).toBe(Date.UTC(2026, 10, 29, 11))
})

test.each(['', 'ontem', '2026-13-45 11:00:00'])('%j is no time', text => {
  expect(readRdEventTime(text)).toBeUndefined()
})
