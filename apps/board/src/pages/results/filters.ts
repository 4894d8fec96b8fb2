import { type ComparedRanges, chosenRanges, rangesOf, type ResultsPeriod, resultsPeriods } from '@ponte/operations'
import { z } from 'zod'

/** What the page shows: a tenant or all, in which days. */
export interface ResultsFilters extends ComparedRanges {
  readonly tenant: string | undefined
  /** Undefined for days of somebody's own choice. */
  readonly period: ResultsPeriod | undefined
  /** The address asks for a tenant or for days that there are not. */
  readonly isIgnored: boolean
  /** Today is among the days: it counts until now, and the days that are compared with count whole. */
  readonly hasToday: boolean
}

const USUAL: ResultsPeriod = '30d'
const text = z.string().optional().catch(undefined)
const query = z.object({ tenant: text, period: text, from: text, to: text })
const days = z.object({ from: z.iso.date(), to: z.iso.date() })

/** The filters in an address. What does not exist counts as absent. `today`: as `2026-11-26`. */
export function readResultsFilters(
  asked: unknown,
  tenants: readonly { readonly name: string }[],
  today: string,
): ResultsFilters {
  const read = query.catch({}).parse(asked)
  const tenant = tenants.find(({ name }) => name === read.tenant)?.name
  const { from, to } = read
  const chosen = days.safeParse({ from, to }).data
  const own = chosen && chosenRanges(chosen, today)
  const named = resultsPeriods.find(each => each === read.period)
  const isDateWrong = own === undefined && (from !== undefined || to !== undefined)
  const isIgnored =
    isDateWrong || (Boolean(read.tenant) && tenant === undefined) || (read.period !== undefined && named === undefined)
  const period = own === undefined ? (named ?? USUAL) : undefined
  const ranges = own ?? rangesOf(named ?? USUAL, today)
  return { tenant, period, isIgnored, ...ranges, hasToday: ranges.range.to === today }
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
