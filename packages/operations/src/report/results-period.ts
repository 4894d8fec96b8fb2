import { DAY_MS } from '@ponte/contracts'
import { createCalendar } from '@ponte/state'

/** What can be chosen with one click. */
export const resultsPeriods = ['this-week', '7d', '30d', 'this-month', 'last-month'] as const
export type ResultsPeriod = (typeof resultsPeriods)[number]

/** Days as `2026-11-26`, both included. */
export interface DayRange {
  readonly from: string
  readonly to: string
}

/** The days that are shown, and those that they are compared with. */
export interface ComparedRanges {
  readonly range: DayRange
  /** Undefined when not all of them are kept any more. */
  readonly before: DayRange | undefined
}

const DAYS_OF_WEEK = 7
/** Figures are kept for so many days, with the current one. */
const DAYS_KEPT = 400
/** Days that are read at once, over all tenants: as many as the overview reads of a thousand tenants. */
const MAX_READ = 30_000

const addDays = (day: string, count: number): string =>
  new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10)
const lengthOf = ({ from, to }: DayRange): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1
const earlier = ({ from, to }: DayRange, count: number): DayRange => ({
  from: addDays(from, -count),
  to: addDays(to, -count),
})
const firstOfMonth = (day: string): string => `${day.slice(0, 7)}-01`

/**
 * Equal days are compared. A month that goes on has beside it the same days of the month before it, last month the same days of its own, and
 * where that month is too short, as many days up to its end. A week has the same days of the week before.
 */
export function rangesOf(period: ResultsPeriod, today: string): ComparedRanges {
  switch (period) {
    case 'this-week': {
      const sinceMonday = (new Date(today).getUTCDay() + DAYS_OF_WEEK - 1) % DAYS_OF_WEEK
      const range = { from: addDays(today, -sinceMonday), to: today }
      return { range, before: earlier(range, DAYS_OF_WEEK) }
    }
    case '7d':
      return sameLengthBefore({ from: addDays(today, 1 - DAYS_OF_WEEK), to: today })
    case '30d':
      return sameLengthBefore({ from: addDays(today, -29), to: today })
    case 'this-month': {
      const range = { from: firstOfMonth(today), to: today }
      return { range, before: sameDaysIn(monthBefore(today), range) }
    }
    case 'last-month': {
      const range = monthBefore(today)
      return { range, before: sameDaysIn(monthBefore(range.from), range) }
    }
  }
}

/** Days of somebody's own choice; undefined when they end before they begin, have not come yet, or are no longer kept. */
export function chosenRanges(range: DayRange, today: string): ComparedRanges | undefined {
  const isKept = ({ from }: DayRange): boolean => lengthOf({ from, to: today }) <= DAYS_KEPT
  if (range.from > range.to || range.to > today || !isKept(range)) return undefined
  const before = earlier(range, lengthOf(range))
  return { range, before: isKept(before) ? before : undefined }
}

/** Tenants whose results of these days, and of those before them, can be read at once. Of more, one has to be chosen. */
export const mostTenantsOf = ({ range, before }: ComparedRanges): number =>
  Math.floor(MAX_READ / (lengthOf(range) + (before === undefined ? 0 : lengthOf(before))))

/** The day at a time, in milliseconds since 1970, as `2026-11-26`. */
export const dayAt = (at: number, timeZone: string): string => createCalendar(timeZone).dayOf(at)

/** The seven days before a day, and the seven before those. */
export const weekBefore = (day: string): ComparedRanges =>
  sameLengthBefore({ from: addDays(day, -DAYS_OF_WEEK), to: addDays(day, -1) })

const sameLengthBefore = (range: DayRange): ComparedRanges => ({ range, before: earlier(range, lengthOf(range)) })

/** As many days of this month as the range has, from its first day on, or else up to its last. */
function sameDaysIn({ from, to }: DayRange, range: DayRange): DayRange {
  const days = lengthOf(range) - 1
  const same = addDays(from, days)
  return same <= to ? { from, to: same } : { from: addDays(to, -days), to }
}

function monthBefore(day: string): DayRange {
  const to = addDays(firstOfMonth(day), -1)
  return { from: firstOfMonth(to), to }
}
