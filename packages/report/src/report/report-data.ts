import { highestFirst, otherText } from '@ponte/state'
import { plainFigure } from './format-figure.ts'
import { breakdownNames, breakdowns, type MeasuredSpan, measureNames, measures } from './measures.ts'
import type { PeriodReport } from './read-report.ts'

interface NamedCount {
  /** `null`: everything that is not counted by a name of its own. */
  readonly name: string | null
  readonly count: number
}

/** By the names of `measures` and `breakdowns`, in reais, seconds and per cent. `null` when there is no number. */
type SpanData = Readonly<Record<string, number | null | readonly NamedCount[]>>

/** A report as a JSON document: for each tenant the whole period, and each hour or day of it. Times are ISO 8601. */
export const reportData = ({ period, timeZone, tenants }: PeriodReport) => ({
  period,
  timeZone,
  tenants: tenants.map(({ tenant, callsPerMinute, spans, total }) => ({
    tenant,
    callsPerMinute,
    total: dataOf(total),
    spans: spans.map(span => ({
      start: new Date(span.start).toISOString(),
      end: new Date(span.end).toISOString(),
      ...dataOf(span),
    })),
  })),
})

function dataOf(span: MeasuredSpan): SpanData {
  const numbers = measureNames.map(name => {
    const { unit, of } = measures[name]
    const value = of(span)
    return [name, value === undefined ? null : plainFigure(value, unit)] as const
  })
  const byName = breakdownNames.map(
    name => [name, highestFirst(breakdowns[name].of(span.figures)).map(toNamed)] as const,
  )
  return { ...Object.fromEntries(numbers), ...Object.fromEntries(byName) }
}

const toNamed = ([name, count]: readonly [string, number]): NamedCount => ({
  name: name === otherText ? null : name,
  count,
})
