import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCrmTime, readRdEventTime } from './crm-time.ts'

const noon = Date.parse('2026-11-28T12:34:56.789Z')

test.each([
  ['2026-11-28T12:34:56.789Z', 0],
  ['2026-11-28T09:34:56.789-03:00', 0],
  ['2026-11-28T09:34:56.789-0300', 0],
  ['2026-11-28T09:34:56.789-03', 0],
  ['2026-11-28 18:04:56.789+05:30', 0],
  ['2026-11-28T09:34:56.789123456-03:00[America/Sao_Paulo]', 0],
  ['2026-11-28T09:34:56,789', 0],
  ['2026-11-28T12:34:56Z', -789],
  ['28/11/2026 09:34:56', -789],
  ['28/11/2026, 09:34:56', -789],
  ['28/11/2026 09:34', -56_789],
  ['28/11/2026 12:34:56 +00', -789],
  [noon, 0],
  [String(noon), 0],
  [Math.floor(noon / 1000), -789],
  [`${Math.floor(noon / 1000)}.789`, 0],
])('%j is read', (value, difference) => {
  expect(readCrmTime(value)).toMatchObject({ at: noon + difference })
})

test.each(['2026-11-28', '28/11/2026', '2026-11-28T00:00'])('%j is midnight in Brasília', value => {
  expect(readCrmTime(value)).toEqual({ at: Date.parse('2026-11-28T03:00:00Z'), hasZone: false })
})

test.each([undefined, null, '', '  '])('%j is no time', value => {
  expect(readCrmTime(value)).toBeUndefined()
})

test.each<{ value: unknown }>(
  [
    ...['ontem', '0001-01-01T00:00:00', '2026-02-30', '31/04/2026', '11/28/2026', '2026-11-28T25:00', '20261128'],
    ...['2026-11-28T10:00:00-03:0', '2026-11-28x', '2026-11-28T', 'Nov 28, 2026', `2026-11-28${' '.repeat(200)}`],
    ...[0, -1, 20_261_128, Number.NaN, Number.POSITIVE_INFINITY, 1e15, true, {}, [2026, 11, 28]],
  ].map(value => ({ value })),
)('$value cannot be read', ({ value }) => {
  expect(readCrmTime(value)).toBe('unreadable')
})

test('every moment is read in every form in which it can be written', () => {
  const moments = fc.integer({ min: Date.UTC(2000), max: Date.UTC(2100) - 1 })
  const offset = fc.integer({ min: -14 * 4, max: 14 * 4 }).map(quarters => quarters * 15)
  fc.assert(
    fc.property(moments, offset, (at, minutes) => {
      const wall = new Date(at + minutes * 60_000).toISOString().slice(0, -1)
      const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
      const zone = `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
      const home = new Date(at - 3 * 3_600_000).toISOString().slice(0, -1)
      const [date = '', clock = ''] = home.split('T')
      const brazilian = `${date.split('-').toReversed().join('/')} ${clock}`
      for (const form of [at, String(at), at / 1000, new Date(at).toISOString(), `${wall}${zone}`, home, brazilian])
        expect(readCrmTime(form), String(form)).toMatchObject({ at })
      if (rest === 0) expect(readCrmTime(`${wall}${zone.slice(0, 3)}`)).toMatchObject({ at })
    }),
  )
})

test('whatever a CRM holds, reading it as a time does not throw', () => {
  fc.assert(fc.property(fc.anything(), value => void readCrmTime(value)))
})

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
