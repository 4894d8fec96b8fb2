import { type ComparedRanges, chosenRanges, rangesOf, type ResultsPeriod, resultsPeriods } from '@ponte/operations'
import type { Texts } from '@ponte/contracts'
import { z } from 'zod'
import { createFilters, filterLooks, periodLook, tenantAmong } from '../../ui/filters.ts'

/** What the page shows: a tenant or all, in which days. */
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

/** The filters in an address. Throws UnknownFilters. `today`: as `2026-11-26`. */
export function readResultsFilters(
  asked: unknown,
  tenants: readonly { readonly name: string }[],
  today: string,
): ResultsFilters {
  const { period, ...read } = resultsFilters.read(asked, tenants)
  const { from, to } = read
  const isOwn = from !== undefined || to !== undefined
  const ranges = isOwn ? chosenRanges({ from: from ?? '', to: to ?? '' }, today) : rangesOf(period, today)
  if (ranges === undefined) throw resultsFilters.refusal(['from'])
  return { ...read, period: isOwn ? undefined : period, ...ranges, hasToday: ranges.range.to === today }
}
