import { expect, test } from 'vitest'
import { isBeforeOurTime } from './before-our-time.ts'

const time = (text: string): number => Date.parse(text)
const moment = {
  now: time('2026-12-01T12:00:00Z'),
  served: { start: time('2026-11-26T12:00:00Z'), absences: [] },
  marksSince: undefined,
  packageUntil: undefined,
}

test.each([
  ['before the start', '2026-11-26T11:59:59.999Z', true],
  ['at the start', '2026-11-26T12:00:00.000Z', false],
  ['before the start, with another offset', '2026-11-26T08:59:59-03:00', true],
  ['after the start, with another offset', '2026-11-26T09:00:01-03:00', false],
  ['before the start, by the clock of Brasília', '2026-11-26T08:59:59', true],
  ['after the start, by the clock of Brasília', '2026-11-26T09:00:01', false],
  ['before the start, with hours alone as offset', '2026-11-26T08:59:59-03', true],
  ['after the start, with hours alone as offset', '2026-11-26T09:00:01-03', false],
  ['before the start, in seconds', 1_795_694_399, true],
  ['after the start, in seconds as text', '1795694401', false],
  ['before the start, in milliseconds', 1_795_694_399_999, true],
  ['before the start, in milliseconds as text', '1795694399999', true],
  ['after the start, in milliseconds', 1_795_694_400_001, false],
  ['before the start, as Brazilians write it', '26/11/2026 08:59:59', true],
  ['after the start, as Brazilians write it', '26/11/2026 09:00:01', false],
  ['on a day before, as Brazilians write it', '25/11/2026', true],
  ['on a day before', '2026-11-25', true],
  ['on the day of the start, which began in Brasília before', '2026-11-26', true],
  ['nobody knows when', undefined, false],
])('created %s', (_when, createdAt, isBefore) => {
  expect(isBeforeOurTime({ ...moment, createdAt })).toBe(isBefore)
})

test('the later of marksSince and the start counts', () => {
  const at = (createdAt: string, marksSince: string) =>
    isBeforeOurTime({ ...moment, createdAt, marksSince: time(marksSince) })
  expect(at('2026-11-27T12:00:00Z', '2026-11-28T00:00:00-03:00')).toBe(true)
  expect(at('2026-11-28T12:00:00Z', '2026-11-28T00:00:00-03:00')).toBe(false)
  expect(at('2026-11-26T11:00:00Z', '2026-11-01T00:00:00-03:00')).toBe(true)
})

test('what was created while the package marked beside the shadow is from before', () => {
  const beside = { ...moment, packageUntil: time('2026-11-30T00:00:00Z') }
  expect(isBeforeOurTime({ ...beside, createdAt: '2026-11-29T23:59:59Z' })).toBe(true)
  expect(isBeforeOurTime({ ...beside, createdAt: '2026-11-30T00:00:00Z' })).toBe(false)
})

test('what was created while nobody served the tenant is from before, and what was created before that is not', () => {
  const absences = [{ from: time('2026-11-27T00:00:00Z'), until: time('2026-11-30T00:00:00Z') }]
  const away = { ...moment, served: { ...moment.served, absences } }
  expect(isBeforeOurTime({ ...away, createdAt: '2026-11-26T12:00:00Z' })).toBe(false)
  expect(isBeforeOurTime({ ...away, createdAt: '2026-11-28T12:00:00Z' })).toBe(true)
  expect(isBeforeOurTime({ ...away, createdAt: '2026-11-30T00:00:00Z' })).toBe(false)
})

test('an opportunity older than records are kept counts as older than Ponte, however long Ponte has run', () => {
  const long = { ...moment, served: { start: time('2020-01-01T00:00:00Z'), absences: [] } }
  expect(isBeforeOurTime({ ...long, createdAt: '2025-10-01T00:00:00Z' })).toBe(true)
  expect(isBeforeOurTime({ ...long, createdAt: '2025-11-01T00:00:00Z' })).toBe(false)
})

test.each(['ontem', 'Nov 28, 2026 10:00:00 AM', '31/02/2026', 20_261_128, true, {}])(
  'an opportunity that was created at %j, which cannot be read, is a failure and never new',
  createdAt => {
    expect(() => isBeforeOurTime({ ...moment, createdAt })).toThrow(/^CRM_CREATION_UNREADABLE: /)
  },
)
