import type { Readable } from 'node:stream'
import { type Language, textIn } from '@ponte/contracts'
import { countOf, type Counts, type Figures, highestFirst, otherText, sumFigures } from '@ponte/state'
import { type Cell, csvOf, csvStream, type Row } from './csv.ts'
import { plainFigure, plainUnits } from './format-figure.ts'
import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  type MeasuredSpan,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
} from './measures.ts'
import type { Report } from './read-report.ts'
import { headings, plainStart, spanHeading } from './report-texts.ts'

/** What a CSV may be limited to. */
export const figureNames = [...measureNames, ...breakdownNames] as const
export type FigureName = MeasureName | BreakdownName

/** What the leads brought, and nothing of how the bridge works: the figures of Results, and all that a manager gets. */
export const resultFigures = [
  ...(['leadsCreated', 'defaultUser', 'opportunities', 'opportunityRate', 'sales', 'saleRate'] as const),
  ...(['saleValue', 'averageValue', 'losses'] as const),
  ...(['conversionsBySource', 'conversionsByIdentifier', 'lossesByReason'] as const),
] satisfies readonly FigureName[]

export interface CsvOptions {
  readonly language: Language
  /** Default: all. */
  readonly figures?: readonly FigureName[] | undefined
}

/** Names of a breakdown that have a column. A spreadsheet with more columns helps nobody: the others share one. */
const MOST_COLUMNS = 40

interface Column {
  readonly head: string
  readonly of: (span: MeasuredSpan) => Cell
}

/**
 * A report as CSV: a row for each hour or day of a tenant, and a column for each figure. There are no totals, because a sum over a column
 * would count them twice. A number that does not exist, such as a median of nothing, has an empty cell.
 */
export const reportCsv = (report: Report, options: CsvOptions): string =>
  csvOf(rowsOf(report, options), options.language)

/** The CSV as a stream, for a server: with many tenants it has several megabytes. */
export const reportCsvStream = (report: Report, options: CsvOptions): Readable =>
  csvStream(rowsOf(report, options), options.language)

function* rowsOf(report: Report, { language, figures = figureNames }: CsvOptions): Generator<Row> {
  const all = sumFigures(report.tenants.map(({ total }) => total.figures))
  const columns = [
    ...measureNames.filter(name => figures.includes(name)).map(name => measureColumn(name, language)),
    ...breakdownNames.filter(name => figures.includes(name)).flatMap(name => namedColumns(name, all, language)),
  ]
  yield [textIn(headings.tenant, language), spanHeading(report, language), ...columns.map(({ head }) => head)]
  for (const { tenant, spans } of report.tenants)
    for (const span of spans) yield [tenant, plainStart(span.start, report), ...columns.map(({ of }) => of(span))]
}

function measureColumn(name: MeasureName, language: Language): Column {
  const { unit, of } = measures[name]
  const head = textIn(measures[name], language)
  return {
    head: plainUnits[unit] === '' ? head : `${head} (${plainUnits[unit]})`,
    of(span) {
      const value = of(span)
      return value === undefined ? undefined : plainFigure(value, unit)
    },
  }
}

/** A column for each name, those with the highest counts first, and one for what no other column has. */
function namedColumns(name: BreakdownName, all: Figures, language: Language): readonly Column[] {
  const { of } = breakdowns[name]
  const headOf = (text: string): string => `${textIn(breakdowns[name], language)}: ${nameIn(text, language)}`
  const found = highestFirst(of(all)).map(([text]) => text)
  const named = found.filter(text => text !== otherText).slice(0, MOST_COLUMNS)
  const own = named.map(text => ({ head: headOf(text), of: ({ figures }: MeasuredSpan) => countOf(of(figures), text) }))
  if (named.length === found.length) return own
  return [
    ...own,
    {
      head: headOf(otherText),
      of: ({ figures }) => named.reduce((left, text) => left - countOf(of(figures), text), sumOf(of(figures))),
    },
  ]
}

const sumOf = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0)
