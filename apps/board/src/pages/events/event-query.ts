import { factsOfJob } from '@ponte/contracts'
import { listedKinds, type Period, periods } from '@ponte/state'
import { z } from 'zod'
import type { EventStatus } from '../event/event-status.ts'
import { readKnown, tenantAmong } from '../../ui/unknown-filters.ts'

/** The status that a list is asked for, in fewer words than an event has. */
export const statusChoices = ['failed', 'open', 'done', 'skipped'] as const
export type StatusChoice = (typeof statusChoices)[number]

const choiceOf: Readonly<Partial<Record<EventStatus['kind'], StatusChoice>>> = {
  ...{ failed: 'failed', round: 'failed' },
  ...{ queued: 'open', running: 'open', delayed: 'open' },
  ...{ done: 'done', skipped: 'skipped' },
}

export const hasStatus = ({ kind }: EventStatus, wanted: StatusChoice | undefined): boolean =>
  wanted === undefined || choiceOf[kind] === wanted

/** Kinds of events that can be chosen: jobs that write statusRD are part of another event. */
export const eventKinds = listedKinds.filter(kind => factsOfJob(kind).decidesStatus)

const DAY_MS = 24 * 3_600_000
const lengths: Readonly<Record<Period, number>> = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS }
/** The period of an address that names none: everything that Ponte remembers. */
const USUAL: Period = '30d'

/** The last event of a page: the next page begins behind it. */
export interface Cursor {
  /** When it came, or when it failed. */
  readonly at: number
  readonly id: string
}

/** What a list of events is asked for. Times in milliseconds since 1970. */
export interface EventQuery {
  readonly tenant: string | undefined
  readonly kind: string | undefined
  readonly status: StatusChoice | undefined
  readonly period: Period
  /** The last day of the period, `2026-11-30`; today when it is absent. */
  readonly day: string | undefined
  readonly from: number
  readonly until: number
  readonly after: Cursor | undefined
}

const schemaOf = (tenants: readonly { readonly name: string }[]) =>
  z.object({
    tenant: tenantAmong(tenants).optional(),
    event: z
      .string()
      .refine(text => eventKinds.includes(text))
      .optional(),
    status: z.enum(statusChoices).optional(),
    period: z.enum(periods).default(USUAL),
    day: z.iso.date().optional(),
    after: z
      .string()
      .regex(/^\d{1,15}\.[\w-]{0,64}$/)
      .optional(),
  })

/** Reads what an address or a form asks for. Throws UnknownFilters. */
export function readEventQuery(given: unknown, tenants: readonly { readonly name: string }[], now: number): EventQuery {
  const { tenant, event: kind, status, period, day, after } = readKnown(schemaOf(tenants), given, '/events')
  // In the zone of the board, whose days a person means.
  const end = day === undefined ? Number.NaN : new Date(`${day}T24:00:00`).getTime()
  const until = Number.isNaN(end) ? now : end
  const [at = '', id = ''] = after?.split('.') ?? []
  const cursor = after === undefined ? undefined : { at: Number(at), id }
  const from = period === USUAL && day === undefined ? 0 : until - lengths[period]
  return { tenant, kind, status, period, day, from, until, after: cursor }
}

/** The query as fields of an address or a form. */
export function queryFields({
  tenant,
  kind,
  status,
  period,
  day,
}: Partial<EventQuery>): Readonly<Record<string, string>> {
  const named = { tenant, event: kind, status, period: period === USUAL ? undefined : period, day }
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

export const eventsAddress = (query: Partial<EventQuery>, after?: Cursor): string => {
  const fields = new URLSearchParams(queryFields(query))
  if (after !== undefined) fields.set('after', `${after.at}.${after.id}`)
  return fields.size === 0 ? '/events' : `/events?${fields.toString()}`
}
