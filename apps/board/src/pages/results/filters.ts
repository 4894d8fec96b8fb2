import { type ComparedRanges, chosenRanges, rangesOf, type ResultsPeriod, resultsPeriods } from '@ponte/operations'
import { z } from 'zod'
import { readKnown, tenantAmong } from '../../ui/unknown-filters.ts'

/** What the page shows: a tenant or all, in which days. */
export interface ResultsFilters extends ComparedRanges {
  readonly tenant: string | undefined
  /** Undefined for days of somebody's own choice. */
  readonly period: ResultsPeriod | undefined
  /** Today is among the days: it counts until now, and the days that are compared with count whole. */
  readonly hasToday: boolean
}

const USUAL: ResultsPeriod = '30d'

const schemaOf = (tenants: readonly { readonly name: string }[], today: string) =>
  z
    .object({
      tenant: tenantAmong(tenants).optional(),
      period: z.enum(resultsPeriods).default(USUAL),
      from: z.iso.date().optional(),
      to: z.iso.date().optional(),
    })
    .transform(({ tenant, period, from, to }, { addIssue }) => {
      if (from === undefined && to === undefined) return { tenant, period, ...rangesOf(period, today) }
      const own = chosenRanges({ from: from ?? '', to: to ?? '' }, today)
      if (own !== undefined) return { tenant, period: undefined, ...own }
      addIssue({ code: 'custom', path: ['from'] })
      return z.NEVER
    })

/** The filters in an address. Throws UnknownFilters. `today`: as `2026-11-26`. */
export function readResultsFilters(
  asked: unknown,
  tenants: readonly { readonly name: string }[],
  today: string,
): ResultsFilters {
  const read = readKnown(schemaOf(tenants, today), asked, '/results')
  return { ...read, hasToday: read.range.to === today }
}

type Place = '/results' | '/results.csv'

/** The address of the page, or of its file, with these filters. */
export function resultsAddress(
  place: Place,
  { tenant, period, range }: Partial<Pick<ResultsFilters, 'tenant' | 'period' | 'range'>>,
): string {
  const fields = {
    tenant,
    ...(period === undefined && range !== undefined ? range : { period: period === USUAL ? undefined : period }),
  }
  const set = new URLSearchParams(
    Object.entries(fields).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  )
  return set.size === 0 ? place : `${place}?${set.toString()}`
}
