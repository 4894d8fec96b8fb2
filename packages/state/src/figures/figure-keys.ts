import { HOUR_MS } from '@ponte/contracts'
import { stateKey } from '../redis/keys.ts'

const QUARTER_MS = HOUR_MS / 4
/** No time zone is further from UTC. */
const MAX_OFFSET_MS = 24 * HOUR_MS

/** The keys of one tenant's figures: by UTC hour, as `2026-11-26T23`, and by day of the installation's time zone, as `2026-11-26`. */
export const hourKey = (tenant: string, hour: string): string => stateKey(tenant, 'figures', 'hour', hour)
export const dayKey = (tenant: string, day: string): string => stateKey(tenant, 'figures', 'day', day)
/** How often something was taken back, perhaps from an hour or a day that had ended. */
export const movesKey = (tenant: string): string => stateKey(tenant, 'figures', 'moves')

/** A part of time: from `start` on, before `end`, in milliseconds since 1970. */
export interface TimeSpan {
  readonly start: number
  readonly end: number
}

/** A day, as `2026-11-26`. */
export interface Day extends TimeSpan {
  readonly day: string
}

/** The UTC hour of a time. */
export const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13)

/**
 * The days of a time zone. The day of a time is worked out once for each quarter of an hour: in every zone the clock shows a full quarter
 * when a day begins.
 */
export function createCalendar(timeZone: string) {
  // The locale whose dates are written as in ISO 8601.
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
  let known = { quarter: Number.NaN, day: '' }

  function dayOf(ms: number): string {
    const quarter = Math.floor(ms / QUARTER_MS)
    if (quarter !== known.quarter) known = { quarter, day: format.format(quarter * QUARTER_MS) }
    return known.day
  }

  /** When a day begins: at its first quarter of an hour. A day that the zone skipped begins with the next one. */
  function startOf(day: string): number {
    const midnight = Date.parse(day)
    let before = (midnight - MAX_OFFSET_MS) / QUARTER_MS
    let after = (midnight + MAX_OFFSET_MS) / QUARTER_MS
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (format.format(middle * QUARTER_MS) < day) before = middle
      else after = middle
    }
    return after * QUARTER_MS
  }

  /** `last`: midnight of the last day, in UTC. */
  function daysUntil(count: number, last: number): readonly Day[] {
    const dates = Array.from({ length: count + 1 }, (_, index) => toDate(last + (index + 1 - count) * 24 * HOUR_MS))
    const starts = dates.map(startOf)
    return dates.slice(0, count).map((day, index) => ({
      day,
      start: starts[index] ?? Number.NaN,
      end: starts[index + 1] ?? Number.NaN,
    }))
  }

  /** How far after the day's midnight the clock shows this time, in milliseconds. */
  function shownSince({ day }: Day, ms: number): number {
    const shown = Date.parse(`1970-01-01T${clock.format(ms)}Z`)
    return shown + Date.parse(dayOf(ms)) - Date.parse(day)
  }

  return {
    dayOf,
    /**
     * When the clock shows this full hour of the day. After a clock change, that is not `hour` hours after the day's beginning. Of an hour
     * that the clock shows twice, the first counts. For an hour that the clock skips, this is the moment after the gap.
     */
    atHour(day: Day, hour: number): number {
      const first = day.start + hour * HOUR_MS
      const second = first + hour * HOUR_MS - shownSince(day, first)
      return shownSince(day, second) === hour * HOUR_MS ? second : Math.max(first, second)
    },
    /** The last `count` days up to the day of `now`, oldest first. */
    lastDays: (count: number, now: number): readonly Day[] => daysUntil(count, Date.parse(dayOf(now))),
    /** All days from one to another, both as `2026-11-26` and included, oldest first. */
    daysBetween(from: string, to: string): readonly Day[] {
      const last = Date.parse(to)
      return daysUntil(Math.max(0, Math.round((last - Date.parse(from)) / (24 * HOUR_MS)) + 1), last)
    },
  }
}

export type Calendar = ReturnType<typeof createCalendar>

const toDate = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** The last `count` UTC hours up to the hour of `now`, oldest first. */
export function lastHours(count: number, now: number): readonly ({ readonly hour: string } & TimeSpan)[] {
  const last = Math.floor(now / HOUR_MS) * HOUR_MS
  return Array.from({ length: count }, (_, index) => {
    const start = last + (index + 1 - count) * HOUR_MS
    return { hour: hourOf(start), start, end: start + HOUR_MS }
  })
}
