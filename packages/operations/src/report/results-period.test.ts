import { expect, test } from 'vitest'
import {
  chosenRanges,
  type DayRange,
  mostTenantsOf,
  rangesOf,
  resultsPeriods,
  weekBefore,
} from '../report/results-period.ts'

const today = '2026-03-18' // a Wednesday
const daysOf = ({ from, to }: DayRange): number => (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1

test.each([
  ['this-week', '2026-03-16', '2026-03-18', '2026-03-09', '2026-03-11'],
  ['7d', '2026-03-12', '2026-03-18', '2026-03-05', '2026-03-11'],
  ['30d', '2026-02-17', '2026-03-18', '2026-01-18', '2026-02-16'],
  ['this-month', '2026-03-01', '2026-03-18', '2026-02-01', '2026-02-18'],
  ['last-month', '2026-02-01', '2026-02-28', '2026-01-01', '2026-01-28'],
] as const)('%s goes from %s to %s, compared with %s to %s', (period, from, to, fromBefore, toBefore) => {
  expect(rangesOf(period, today)).toEqual({ range: { from, to }, before: { from: fromBefore, to: toBefore } })
})

test('a month that is longer than the one before it is compared with as many days up to its first', () => {
  expect(rangesOf('this-month', '2026-03-31').before).toEqual({ from: '2026-01-29', to: '2026-02-28' })
  expect(rangesOf('last-month', '2026-01-01')).toEqual({
    range: { from: '2025-12-01', to: '2025-12-31' },
    before: { from: '2025-10-31', to: '2025-11-30' },
  })
})

test('a week that begins today, on a Monday, is compared with the Monday before, and a Sunday ends its week', () => {
  expect(rangesOf('this-week', '2026-03-16').range).toEqual({ from: '2026-03-16', to: '2026-03-16' })
  expect(rangesOf('this-week', '2026-03-22').range).toEqual({ from: '2026-03-16', to: '2026-03-22' })
  expect(weekBefore('2026-03-16')).toEqual({
    range: { from: '2026-03-09', to: '2026-03-15' },
    before: { from: '2026-03-02', to: '2026-03-08' },
  })
})

test('chosen days are compared with as many days before them; what has not come or ends before it begins is refused', () => {
  expect(chosenRanges({ from: '2026-03-01', to: '2026-03-10' }, today)).toMatchObject({
    before: { from: '2026-02-19', to: '2026-02-28' },
  })
  expect(chosenRanges({ from: '2026-03-18', to: '2026-03-19' }, today)).toBeUndefined()
  expect(chosenRanges({ from: '2026-03-10', to: '2026-03-09' }, today)).toBeUndefined()
})

test('the last 400 days can be chosen, and none that Redis has forgotten, however few they are', () => {
  expect(chosenRanges({ from: '2025-02-12', to: today }, today)).toBeDefined()
  expect(chosenRanges({ from: '2025-02-11', to: '2025-02-11' }, today)).toBeUndefined()
  expect(chosenRanges({ from: '2024-01-01', to: '2024-06-01' }, today)).toBeUndefined()
})

test('days are compared only when all days before them are kept', () => {
  expect(chosenRanges({ from: '2025-08-31', to: today }, today)).toMatchObject({
    before: { from: '2025-02-12', to: '2025-08-30' },
  })
  expect(chosenRanges({ from: '2025-08-30', to: today }, today)).toEqual({
    range: { from: '2025-08-30', to: today },
    before: undefined,
  })
  expect(chosenRanges({ from: '2025-02-12', to: '2025-02-12' }, today)?.before).toBeUndefined()
})

test('the more days are read, the fewer tenants can be read at once', () => {
  expect(mostTenantsOf(rangesOf('7d', today))).toBe(2142)
  expect(mostTenantsOf(rangesOf('30d', today))).toBe(500)
  const most = chosenRanges({ from: '2025-08-31', to: today }, today)
  const alone = chosenRanges({ from: '2025-02-12', to: today }, today)
  expect([most, alone].map(ranges => ranges && mostTenantsOf(ranges))).toEqual([75, 75])
})

test.each(resultsPeriods)(
  'on every day, %s ends today at the latest, has as many days beside it, and what it is compared with ends before it begins',
  period => {
    const wrong = Array.from({ length: 3 * 366 }, (_, index) => new Date(Date.UTC(2027, 0, 1 + index))).filter(date => {
      const now = date.toISOString().slice(0, 10)
      const { range, before } = rangesOf(period, now)
      return (
        range.from > range.to ||
        range.to > now ||
        before === undefined ||
        daysOf(before) !== daysOf(range) ||
        before.to >= range.from
      )
    })
    expect(wrong).toEqual([])
  },
)
