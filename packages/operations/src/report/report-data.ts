import { type Counts, highestFirst, otherText } from '@ponte/state'
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
import { type PeriodReport, type ReportSpan, sumSpans } from './read-report.ts'

interface NamedCount {
  /** `null`: everything that is not counted by a name of its own. */
  readonly name: string | null
  readonly count: number
}

/** A part of time in a document. By the names of `measures` and `breakdowns`, in reais, seconds and per cent. `null` when there is no number. */
export type SpanData = Readonly<Record<string, number | string | null | undefined | readonly NamedCount[]>>

/**
 * A report as a JSON document: the whole period of all tenants together, and for each the whole period, and each hour or day of it. Times
 * are ISO 8601. `figures`: what it is limited to.
 */
export const reportData = (
  { period, timeZone, tenants }: PeriodReport,
  figures: readonly FigureName[] = figureNames,
) => ({
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

/** An hour or day. */
export const spanData = (span: ReportSpan, figures?: readonly FigureName[]) => ({
  start: new Date(span.start).toISOString(),
  end: new Date(span.end).toISOString(),
  ...dataOf(span, figures),
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

const toNamed = ([name, count]: readonly [string, number]): NamedCount => ({
  name: name === otherText ? null : name,
  count,
})

/** A number of a document in the unit of its measure. Undefined when there is none. */
export function figureIn(name: MeasureName, data: SpanData): number | undefined {
  const value = data[name]
  return typeof value === 'number' ? fromPlain(value, measures[name].unit) : undefined
}

/** Counts of a document by name. */
export function countsIn(name: BreakdownName, data: SpanData): Counts {
  const named = data[name]
  return named === undefined || named === null || typeof named !== 'object'
    ? {}
    : Object.fromEntries(named.map(each => [each.name ?? otherText, each.count]))
}

/** When an hour or day of a document began, in milliseconds since 1970. */
export const startIn = ({ start }: SpanData): number => (typeof start === 'string' ? Date.parse(start) : Number.NaN)
