import type { Readable } from 'node:stream'
import { type Language, textIn } from '@ponte/contracts'
import { countOf, type Counts, highestFirst, otherText } from '@ponte/state'
import type { ResultsDocument } from '../documents/results-document.ts'
import { type Cell, csvOf, csvStream, type Row } from './csv.ts'
import { plainFigure, plainUnits } from './format-figure.ts'
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
  nameIn,
} from './measures.ts'
import { type Report, type SpanLength, spanOf, sumSpans } from './read-report.ts'
import { countsIn, type SpanData, startIn } from './report-data.ts'
import { headings, plainStart, spanHeading } from './report-texts.ts'

export interface CsvOptions {
  readonly language: Language
  /** Default: all. */
  readonly figures?: readonly FigureName[] | undefined
}

/** Names of a breakdown that have a column. A spreadsheet with more columns helps nobody: the others share one. */
const MOST_COLUMNS = 40

/** What was counted in a part of time, however it is kept. */
interface Counted {
  readonly start: number
  readonly numberOf: (name: MeasureName) => Cell
  readonly countsOf: (name: BreakdownName) => Counts
}

interface Column {
  readonly head: string
  readonly of: (counted: Counted) => Cell
}

interface Table {
  readonly span: SpanLength
  readonly timeZone: string
  /** Of all tenants. */
  readonly total: Counted
  readonly tenants: readonly { readonly tenant: string; readonly spans: readonly Counted[] }[]
}

/**
 * A report as CSV: a row for each hour or day of a tenant, and a column for each figure. There are no totals, because a sum over a column
 * would count them twice. A number that does not exist, such as a median of nothing, has an empty cell.
 */
export function documentCsv(document: ResultsDocument, options: CsvOptions): string {
  const { period, timeZone, total, tenants } = document
  const figures = options.figures ?? figureNames.filter(name => total[name] !== undefined)
  const table = {
    ...{ span: spanOf(period), timeZone, total: countedIn(total) },
    tenants: tenants.map(({ tenant, spans }) => ({ tenant, spans: spans.map(countedIn) })),
  }
  return csvOf(rowsOf(table, { ...options, figures }), options.language)
}

/** The same as a stream, for a server: with many tenants it has several megabytes. */
export function reportCsvStream({ span, timeZone, tenants }: Report, options: CsvOptions): Readable {
  const total = sumSpans(tenants.map(each => each.total))
  const table = {
    ...{ span, timeZone, total: countedBy({ start: 0, ...total }) },
    tenants: tenants.map(({ tenant, spans }) => ({ tenant, spans: spans.map(countedBy) })),
  }
  return csvStream(rowsOf(table, options), options.language)
}

function countedIn(data: SpanData): Counted {
  const counts = new Map(breakdownNames.map(name => [name, countsIn(name, data)]))
  return {
    start: startIn(data),
    numberOf(name) {
      const value = data[name]
      return typeof value === 'number' ? value : undefined
    },
    countsOf: name => counts.get(name) ?? {},
  }
}

const countedBy = ({ start, ...span }: MeasuredSpan & { readonly start: number }): Counted => ({
  start,
  numberOf(name) {
    const { unit, of } = measures[name]
    const value = of(span)
    return value === undefined ? undefined : plainFigure(value, unit)
  },
  countsOf: name => breakdowns[name].of(span.figures),
})

function* rowsOf(table: Table, { language, figures = figureNames }: CsvOptions): Generator<Row> {
  const columns = [
    ...measureNames.filter(name => figures.includes(name)).map(name => measureColumn(name, language)),
    ...breakdownNames.filter(name => figures.includes(name)).flatMap(name => namedColumns(name, table.total, language)),
  ]
  yield [textIn(headings.tenant, language), spanHeading(table, language), ...columns.map(({ head }) => head)]
  for (const { tenant, spans } of table.tenants)
    for (const counted of spans)
      yield [tenant, plainStart(counted.start, table), ...columns.map(({ of }) => of(counted))]
}

function measureColumn(name: MeasureName, language: Language): Column {
  const unit = plainUnits[measures[name].unit]
  const head = textIn(measures[name], language)
  return { head: unit === '' ? head : `${head} (${unit})`, of: ({ numberOf }) => numberOf(name) }
}

/** A column for each name, those with the highest counts first, and one for what no other column has. */
function namedColumns(name: BreakdownName, total: Counted, language: Language): readonly Column[] {
  const headOf = (text: string): string => `${textIn(breakdowns[name], language)}: ${nameIn(text, language)}`
  const found = highestFirst(total.countsOf(name)).map(([text]) => text)
  const named = found.filter(text => text !== otherText).slice(0, MOST_COLUMNS)
  const own = named.map(text => ({ head: headOf(text), of: ({ countsOf }: Counted) => countOf(countsOf(name), text) }))
  if (named.length === found.length) return own
  return [
    ...own,
    {
      head: headOf(otherText),
      of: ({ countsOf }) => named.reduce((left, text) => left - countOf(countsOf(name), text), sumOf(countsOf(name))),
    },
  ]
}

const sumOf = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)
