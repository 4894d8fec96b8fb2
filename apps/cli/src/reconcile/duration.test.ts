import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDuration } from './reconcile.ts'

const HOUR = 3_600_000

test.each([
  ['90m', 1.5 * HOUR],
  ['36h', 36 * HOUR],
  ['2d', 48 * HOUR],
  ['1m', 60_000],
  ['400d', 400 * 24 * HOUR],
])('%s is a duration', (text, ms) => {
  expect(readDuration(text)).toBe(ms)
})

test.each(['', '0m', '2', '2w', '-1d', '1.5h', '401d', '9601h', '999999m', '1e3m', '٢d', ' 2d', '2d ', '2D', '02d'])(
  '%j is none',
  text => {
    expect(readDuration(text)).toBeUndefined()
  },
)

test('any text is a duration of at most 400 days, or none', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,9}[mhd]$/)), text => {
      const ms = readDuration(text)
      expect(ms === undefined || (ms >= 60_000 && ms <= 400 * 24 * HOUR)).toBe(true)
    }),
  )
})
