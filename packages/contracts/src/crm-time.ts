/** A time of TOTVS CRM. */
export interface CrmTime {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Whether the text or number names its time zone. If not, the time is read as Brasília's. */
  readonly hasZone: boolean
}

/** TOTVS CRM is Brazilian: a time without an offset is Brasília's (docs/vendors/totvs-crm.md#opportunity). */
const HOME_MINUTES = -180
const HOME_OFFSET_MS = HOME_MINUTES * 60_000
/** Longer than any form below. */
const MAX_LENGTH = 80
/**
 * No record of a CRM in the cloud is older. A value outside is not a time, such as the day 20261128, or a placeholder, such as 0001-01-01.
 */
const [EARLIEST_MS, LATEST_MS] = [Date.UTC(2000), Date.UTC(2100)]
/** The least number that is read as milliseconds. As seconds it would be after the year 5000, as milliseconds it is in 1973. */
const LEAST_MILLISECONDS = 1e11

/**
 * A time as TOTVS CRM may give it. ISO 8601: the offset may be missing, or only hours. Seconds or milliseconds since 1970, as number or
 * text. dd/mm/yyyy, with or without a time, also after a comma. Undefined when there is none.
 */
export function readCrmTime(value: unknown): CrmTime | 'unreadable' | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'number') return fromEpoch(value)
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return 'unreadable'
  const text = value.trim()
  if (text === '') return undefined
  return /^\d+(?:\.\d+)?$/.test(text) ? fromEpoch(Number(text)) : fromCalendar(text)
}

/** When a record was changed last. One that nobody has changed since it was created may only say when that was. */
export const readChangeTime = ({
  updatedAt,
  createdAt,
}: {
  readonly updatedAt?: unknown
  readonly createdAt?: unknown
}): CrmTime | 'unreadable' | undefined => readCrmTime(updatedAt) ?? readCrmTime(createdAt)

/** A time without an offset may be off by this much. */
export const FARTHEST_ZONE_MS = 14 * 3_600_000

/**
 * Whether something of TOTVS CRM may have happened since then, in milliseconds since 1970. A missing or unreadable time may be any time. A
 * time without an offset may be of any time zone.
 */
export function mayBeSince(value: unknown, since: number): boolean {
  const time = readCrmTime(value)
  return typeof time !== 'object' || time.at >= since - (time.hasZone ? 0 : FARTHEST_ZONE_MS)
}

/** Whether a time of TOTVS CRM may be at or before a moment. One that is missing, or that nobody can read, may be. */
export function mayBeBefore(value: unknown, until: number): boolean {
  const time = readCrmTime(value)
  return typeof time !== 'object' || time.at <= until + (time.hasZone ? 0 : FARTHEST_ZONE_MS)
}

const fromEpoch = (value: number): CrmTime | 'unreadable' =>
  possible({ at: Math.round(value < LEAST_MILLISECONDS ? value * 1000 : value), hasZone: true })

const possible = (time: CrmTime): CrmTime | 'unreadable' =>
  time.at >= EARLIEST_MS && time.at < LATEST_MS ? time : 'unreadable'

const isoDay = /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?<rest>.*)$/
const brazilianDay = /^(?<day>\d\d?)\/(?<month>\d\d?)\/(?<year>\d{4})(?<rest>.*)$/
/** Java adds the name of the zone in brackets. */
const clock =
  /^(?:[Tt ]|, )(?<hour>\d\d?):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)? ?(?<zone>[Zz]|[+-]\d\d(?::?\d\d)?)?(?:\[[\w/+-]+\])?$/

function fromCalendar(text: string): CrmTime | 'unreadable' {
  const { year, month, day, rest = '' } = (isoDay.exec(text) ?? brazilianDay.exec(text))?.groups ?? {}
  const { hour, minute, second, fraction, zone } = clock.exec(rest === '' ? ' 00:00' : rest)?.groups ?? {}
  const wall = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}T${hour?.padStart(2, '0')}:${minute}:${second ?? '00'}`
  const time = new Date(`${wall}.${(fraction ?? '').slice(0, 3).padEnd(3, '0')}Z`)
  // `Date` turns the thirtieth of February into a day in March.
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(wall)) return 'unreadable'
  return possible({ at: time.getTime() - minutesOf(zone) * 60_000, hasZone: zone !== undefined })
}

function minutesOf(zone: string | undefined): number {
  if (zone === undefined) return HOME_MINUTES
  if (/^z$/i.test(zone)) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''))
  return zone.startsWith('-') ? -minutes : minutes
}

/** A time as ISO 8601 with the offset of Brasília. */
export const inBrasilia = (time: string): string =>
  `${new Date(Date.parse(time) + HOME_OFFSET_MS).toISOString().slice(0, -1)}-03:00`

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

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** How far clocks of two systems may differ. */
export const CLOCK_SKEW_MS = 60_000
