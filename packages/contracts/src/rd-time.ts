import { HOME_OFFSET_MS, readCrmTime } from './crm-time.ts'

/** RD Station tells one conversion, or one mark, at several places with times that differ by at most this much. */
export const SAME_TIME_MS = 2000

export const isSameTime = (one: number, other: number): boolean => Math.abs(one - other) <= SAME_TIME_MS

/**
 * A time of RD Station, in milliseconds since 1970: one without an offset is Brasília's. Undefined when the text is no time.
 */
export function readRdTime(text: string | undefined): number | undefined {
  const time = read(text)
  return typeof time === 'object' ? time.at : undefined
}

/**
 * When an event happened that RD Station lists of a contact, in milliseconds since 1970. Without an offset it is UTC, unless Brasília's time
 * is the one that is `sought` (docs/vendors/rd-station.md#events-of-a-contact). Undefined when the text is no time.
 */
export function readRdEventTime(text: string, sought = Number.NaN): number | undefined {
  const time = read(text)
  if (typeof time !== 'object') return undefined
  return time.hasZone || isSameTime(time.at, sought) ? time.at : time.at + HOME_OFFSET_MS
}

const read = (text: string | undefined) => readCrmTime(text?.slice(0, 100).replace(/ ?(?:UTC|GMT)$/, 'Z'))
