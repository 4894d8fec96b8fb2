import { highestFirst, otherText } from '@ponte/state'
import { plainFigure } from './format-figure.ts'
import { breakdownNames, breakdowns, type MeasuredSpan, measureNames, measures } from './measures.ts'
import type { PeriodReport } from './read-report.ts'
import { type FigureName, figureNames } from './report-csv.ts'

interface NamedCount {
  /** `null`: everything that is not counted by a name of its own. */
  readonly name: string | null
  readonly count: number
}

/** By the names of `measures` and `breakdowns`, in reais, seconds and per cent. `null` when there is no number. */
type SpanData = Readonly<Record<string, number | null | readonly NamedCount[]>>

/**
 * A report as a JSON document: for each tenant the whole period, and each hour or day of it. Times are ISO 8601. `figures`: what it is
 * limited to.
 */
export const reportData = (
  { period, timeZone, tenants }: PeriodReport,
  figures: readonly FigureName[] = figureNames,
) => ({
  period,
  timeZone,
  tenants: tenants.map(({ tenant, callsPerMinute, spans, total }) => ({
    tenant,
    ...(figures.includes('contactsQuota') && { callsPerMinute }),
    total: dataOf(total, figures),
    spans: spans.map(span => ({
      start: new Date(span.start).toISOString(),
      end: new Date(span.end).toISOString(),
      ...dataOf(span, figures),
    })),
  })),
})

function dataOf(span: MeasuredSpan, figures: readonly FigureName[]): SpanData {
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
