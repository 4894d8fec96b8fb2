import { factsOfJob, textIn, type Texts } from '@ponte/contracts'
import { listedKinds } from '@ponte/state'
import { periodMs } from '@ponte/operations'
import { z } from 'zod'
import type { EventStatus } from '../event/event-status.ts'
import { allTexts, createFilters, eventChoices, filterLooks, periodOr, placeIn, tenantAmong } from '../../ui/filters.ts'

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

/** The last event of a page: the next page begins behind it. */
export interface Cursor {
  /** When it came, or when it failed. */
  readonly at: number
  readonly id: string
}

const statusNames: Readonly<Record<StatusChoice, Texts>> = {
  failed: { en: 'failed', pt: 'com falha' },
  open: { en: 'in the queue', pt: 'na fila' },
  done: { en: 'done', pt: 'concluído' },
  skipped: { en: 'no change', pt: 'sem alteração' },
}

export const eventFilters = createFilters('/events', tenants =>
  z.object({
    tenant: tenantAmong(tenants),
    event: z
      .string()
      .refine(text => eventKinds.includes(text))
      .optional()
      .register(filterLooks, {
        label: { en: 'Type', pt: 'Tipo' },
        all: allTexts.masculine,
        choices: language => eventChoices(eventKinds, language),
      }),
    status: z
      .enum(statusChoices)
      .optional()
      .register(filterLooks, {
        label: { en: 'Status', pt: 'Situação' },
        all: allTexts.feminine,
        choices: language => statusChoices.map(value => ({ value, text: textIn(statusNames[value], language) })),
      }),
    // Where none is named, everything that Ponte remembers.
    period: periodOr('30d'),
    /** The last day of the period, `2026-11-30`; today when it is absent. */
    day: z.iso
      .date()
      .optional()
      .register(filterLooks, { label: { en: 'Until', pt: 'Até' }, input: 'day' }),
    after: placeIn(/^\d{1,15}\.[\w-]{0,64}$/),
  }),
)

/** What a list of events is asked for. Times in milliseconds since 1970. */
export type EventQuery = ReturnType<typeof eventFilters.read> & {
  readonly from: number
  readonly until: number
  /** Where the page begins: behind this event. */
  readonly cursor: Cursor | undefined
}

/** Reads what an address or a form asks for. Throws UnknownFilters. */
export function readEventQuery(given: unknown, tenants: readonly { readonly name: string }[], now: number): EventQuery {
  const filters = eventFilters.read(given, tenants)
  const { period, day, after } = filters
  // In the zone of the board, whose days a person means.
  const end = day === undefined ? Number.NaN : new Date(`${day}T24:00:00`).getTime()
  const until = Number.isNaN(end) ? now : end
  const [at = '', id = ''] = after?.split('.') ?? []
  const cursor = after === undefined ? undefined : { at: Number(at), id }
  const from = period === '30d' && day === undefined ? 0 : until - periodMs[period]
  return { ...filters, from, until, cursor }
}
