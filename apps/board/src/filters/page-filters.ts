import { textIn, type Texts } from '@ponte/contracts'
import {
  type ComparedRanges,
  chosenRanges,
  dayAt,
  eventKinds,
  type EventQuery,
  type FailureChoice,
  type Period,
  periodStart,
  rangesOf,
  type ResultsPeriod,
  resultsPeriods,
  type StatusChoice,
  statusChoices,
} from '@ponte/operations'
import { z } from 'zod'
import { timeZone } from '../ui/moment.ts'
import {
  allTexts,
  createFilters,
  eventChoices,
  filterLooks,
  jobEvent,
  periodLook,
  periodOr,
  periodOrAll,
  placeIn,
  reasonCode,
  tenantAmong,
  type Tenants,
} from './filters.ts'

/** Whose figures, and of which period: of the overview and of its file. */
export const overviewFilters = createFilters('/', tenants =>
  z.object({ tenant: tenantAmong(tenants), period: periodOr('24h') }),
)
export type OverviewFilters = ReturnType<typeof overviewFilters.read>

export const waitingFilters = createFilters('/waiting', tenants => z.object({ tenant: tenantAmong(tenants) }))

const code = reasonCode
  .optional()
  .register(filterLooks, { label: { en: 'Cause', pt: 'Causa' }, all: allTexts.feminine })

export const failureFilters = createFilters('/failures', tenants =>
  z.object({ tenant: tenantAmong(tenants), period: periodOrAll, code, event: jobEvent }),
)
export type FailureFilters = ReturnType<typeof failureFilters.read>

const ofCause = z.object({ period: periodOrAll, event: jobEvent, page: placeIn(/^[1-9]\d{0,5}$/) })
/** Of the page of one queue and cause. A page of failures links many of them. */
export const filtersOfCause = (path: string) => createFilters(path, () => ofCause)

/** Which failed events of a queue are asked for. */
export const choiceOf = (filters: Omit<FailureFilters, 'tenant'>, now: number): FailureChoice => ({
  ...{ code: filters.code, event: filters.event },
  since: startOf(filters.period, now),
})

const startOf = (period: Period | undefined, now: number): number =>
  period === undefined ? 0 : periodStart(period, { now, timeZone: timeZone() })

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
    period: periodOrAll,
    /** The last day of the period, `2026-11-30`; today when it is absent. */
    day: z.iso
      .date()
      .optional()
      .register(filterLooks, { label: { en: 'Until', pt: 'Até' }, input: 'day' }),
    after: placeIn(/^\d{1,15}\.[\w-]{0,64}$/),
  }),
)

/** What the page is asked to show, and what a list is asked for by that. */
export type AskedEvents = ReturnType<typeof eventFilters.read> & EventQuery

/** Reads what an address or a form asks for. Throws UnknownFilters. */
export function readEventQuery(given: unknown, tenants: Tenants, now: number): AskedEvents {
  const filters = eventFilters.read(given, tenants)
  const { period, day, after } = filters
  // In the zone of the board, whose days a person means.
  const end = day === undefined ? Number.NaN : new Date(`${day}T24:00:00`).getTime()
  const until = Number.isNaN(end) ? now : end
  const [at = '', id = ''] = after?.split('.') ?? []
  const cursor = after === undefined ? undefined : { at: Number(at), id }
  // The first moment after a day is part of the next one.
  const from = startOf(period, day === undefined ? until : until - 1)
  return { ...filters, from, until, cursor }
}

/** What the page of results shows: a tenant or all, in which days. */
export interface ResultsFilters extends ComparedRanges {
  readonly tenant?: string | undefined
  /** Undefined for days of somebody's own choice. */
  readonly period: ResultsPeriod | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Today is among the days: it counts until now, and the days that are compared with count whole. */
  readonly hasToday: boolean
}

const label: Texts = {
  en: 'Days (“From” is not after “To”, and both are among the last 400)',
  pt: 'Dias (“De” não vem depois de “Até”, e os dois estão entre os últimos 400)',
}
const day = z.iso.date().optional().register(filterLooks, { label, input: 'day' })

export const resultsFilters = createFilters('/results', tenants =>
  z.object({
    tenant: tenantAmong(tenants),
    period: z.enum(resultsPeriods).default('30d').register(filterLooks, periodLook),
    from: day,
    to: day,
  }),
)

/** The filters in an address. Throws UnknownFilters. `now`: milliseconds since 1970. */
export function readResultsFilters(asked: unknown, tenants: Tenants, now: number): ResultsFilters {
  const today = dayAt(now, timeZone())
  const { tenant, period, from, to } = resultsFilters.read(asked, tenants)
  const ofPeriod = rangesOf(period, today)
  // The form sends the days of the period with it: they are nobody's own until one is changed.
  const isOwn = (from ?? to) !== undefined && !(from === ofPeriod.range.from && to === ofPeriod.range.to)
  const ranges = isOwn ? chosenRanges({ from: from ?? '', to: to ?? '' }, today) : ofPeriod
  if (ranges === undefined) throw resultsFilters.refusal(['from'])
  const days = isOwn ? { period: undefined, from, to } : { period }
  return { tenant, ...days, ...ranges, hasToday: ranges.range.to === today }
}
