import { type Counts, highestFirst, otherText, type RedisClient } from '@ponte/state'
import type { ResultsDocument, SpanData } from '../documents.ts'
import { fromPlain, plainFigure } from './format-figure.ts'
import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  type FigureName,
  figureNames,
  type MeasuredSpan,
  type MeasureName,
  measureNames,
  measures,
} from './measures.ts'
import { type PeriodReport, readReport, type ReportedTenant, type ReportSpan, sumSpans } from './read-report.ts'

/** What was counted for these tenants. `figures`: what it is limited to. Rejects when Redis does not answer. */
export const readResultsDocument = async (
  redis: RedisClient,
  tenants: readonly ReportedTenant[],
  { figures, ...request }: Parameters<typeof readReport>[2] & { readonly figures?: readonly FigureName[] | undefined },
): Promise<ResultsDocument> => reportData(await readReport(redis, tenants, request), figures)

/**
 * A report as a document: the whole period of all tenants together, and for each the whole period, and each hour or day of it. `figures`:
 * what it is limited to.
 */
export const reportData = (
  { period, timeZone, tenants }: PeriodReport,
  figures: readonly FigureName[] = figureNames,
): ResultsDocument => ({
  period,
  timeZone,
  total: dataOf(sumSpans(tenants.map(({ total }) => total)), figures),
  tenants: tenants.map(({ tenant, callsPerMinute, spans, total }) => ({
    tenant,
    ...(figures.includes('contactsQuota') && { callsPerMinute }),
    total: dataOf(total, figures),
    spans: spans.map(span => spanData(span, figures)),
  })),
})

export const spanData = (span: ReportSpan, figures?: readonly FigureName[]) => ({
  ...dataOf(span, figures),
  ...{ start: span.start, end: span.end },
})

export function dataOf(span: MeasuredSpan, figures: readonly FigureName[] = figureNames): SpanData {
  const own = measureNames.filter(name => figures.includes(name))
  const numbers = own.map(name => {
    const { unit, of } = measures[name]
    const value = of(span)
    return [name, value === undefined ? null : plainFigure(value, unit)] as const
  })
  const byName = breakdownNames
    .filter(name => figures.includes(name))
    .map(name => [name, highestFirst(breakdowns[name].of(span.figures)).map(toNamed)] as const)
  return { ...Object.fromEntries(numbers), ...Object.fromEntries(byName) }
}

const toNamed = ([name, count]: readonly [string, number]) => ({
  name: name === otherText ? null : name,
  count,
})

/** A number of a document in the unit of its measure. Undefined when there is none. */
export function figureIn(name: MeasureName, data: SpanData): number | undefined {
  const value = data[name]
  return typeof value === 'number' ? fromPlain(value, measures[name].unit) : undefined
}

export function countsIn(name: BreakdownName, data: SpanData): Counts {
  const named = data[name]
  return named === undefined || named === null || typeof named !== 'object'
    ? {}
    : Object.fromEntries(named.map(each => [each.name ?? otherText, each.count]))
}

/** When an hour or day of a document began, in milliseconds since 1970. */
export const startIn = ({ start }: SpanData): number => (typeof start === 'number' ? start : Number.NaN)
