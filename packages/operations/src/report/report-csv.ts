import { pipeline, Readable } from 'node:stream'
import { type Language, textIn } from '@ponte/contracts'
import { countOf, highestFirst, otherText } from '@ponte/state'
import { type Options, stringify as createStringifier } from 'csv-stringify'
import { stringify } from 'csv-stringify/sync'
import type { ResultsDocument, SpanData } from '../documents.ts'
import { headings, plainStart, plainUnits, spanHeading, type SpanLength } from './format-figure.ts'
import {
  type BreakdownName,
  breakdownNames,
  breakdowns,
  type FigureName,
  figureNames,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
} from './measures.ts'
import { type Report, spanOf, sumSpans } from './read-report.ts'
import { countsIn, dataOf, spanData, startIn } from './report-data.ts'

export interface CsvOptions {
  readonly language: Language
  /** Default: all. */
  readonly figures?: readonly FigureName[] | undefined
}

/** Names of a breakdown that have a column. A spreadsheet with more columns helps nobody: the others share one. */
const MAX_COLUMNS = 40

interface Columns {
  readonly heads: readonly string[]
  readonly cellsOf: (span: SpanData) => readonly Cell[]
}

interface Table {
  readonly span: SpanLength
  readonly timeZone: string
  /** Of all tenants. */
  readonly total: SpanData
  readonly rows: Iterable<{ readonly tenant: string; readonly span: SpanData }>
}

/**
 * A report as CSV: a row for each hour or day of a tenant, and a column for each figure. There are no totals, because a sum over a column
 * would count them twice. A number that does not exist, such as a median of nothing, has an empty cell.
 */
export function documentCsv({ period, tenants, ...document }: ResultsDocument, options: CsvOptions): string {
  const figures = options.figures ?? figureNames.filter(name => document.total[name] !== undefined)
  const rows = tenants.flatMap(({ tenant, spans }) => spans.map(span => ({ tenant, span })))
  return csvOf(rowsOf({ ...document, span: spanOf(period), rows }, { ...options, figures }), options.language)
}

/** The same as a stream, for a server: with many tenants it has several megabytes. */
export function reportCsvStream({ span, timeZone, tenants }: Report, options: CsvOptions): Readable {
  function* rows() {
    for (const { tenant, spans } of tenants)
      for (const each of spans) yield { tenant, span: spanData(each, options.figures) }
  }
  const total = dataOf(sumSpans(tenants.map(each => each.total)), options.figures)
  return csvStream(rowsOf({ span, timeZone, total, rows: rows() }, options), options.language)
}

function* rowsOf(table: Table, { language, figures = figureNames }: CsvOptions): Generator<Row> {
  const groups = [
    ...measureNames.filter(name => figures.includes(name)).map(name => measureColumn(name, language)),
    ...breakdownNames.filter(name => figures.includes(name)).map(name => namedColumns(name, table.total, language)),
  ]
  yield [textIn(headings.tenant, language), spanHeading(table, language), ...groups.flatMap(({ heads }) => heads)]
  for (const { tenant, span } of table.rows)
    yield [tenant, plainStart(startIn(span), table), ...groups.flatMap(({ cellsOf }) => cellsOf(span))]
}

function measureColumn(name: MeasureName, language: Language): Columns {
  const unit = plainUnits[measures[name].unit]
  const head = textIn(measures[name], language)
  return {
    heads: [unit === '' ? head : `${head} (${unit})`],
    cellsOf({ [name]: value }) {
      return [typeof value === 'number' ? value : undefined]
    },
  }
}

/** A column for each name, those with the highest counts first, and one for what no other column has. */
function namedColumns(name: BreakdownName, total: SpanData, language: Language): Columns {
  const found = highestFirst(countsIn(name, total)).map(([text]) => text)
  const named = found.filter(text => text !== otherText).slice(0, MAX_COLUMNS)
  const hasOthers = named.length < found.length
  return {
    heads: [...named, ...(hasOthers ? [otherText] : [])].map(
      text => `${textIn(breakdowns[name], language)}: ${nameIn(text, language)}`,
    ),
    cellsOf(span) {
      const counts = countsIn(name, span)
      const own = named.map(text => countOf(counts, text))
      return hasOthers ? [...own, sumOf(Object.values(counts)) - sumOf(own)] : own
    },
  }
}

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)

/** What a cell holds. A number is written as the language writes it, without thousands: `1234,5` or `1234.5`. */
export type Cell = string | number | undefined

/** A row; the headings are the first one. */
export type Row = readonly Cell[]

/**
 * Rows as CSV that Excel opens by a double click: UTF-8 with a byte order mark and lines that end in CRLF. The delimiter is the one that
 * Excel expects for the language: a semicolon in Brazil, where numbers have a comma. A text that a spreadsheet would run as a formula gets
 * an apostrophe in front, because campaigns and reasons are other people's words.
 */
const optionsIn = (language: Language): Options => ({
  bom: true,
  delimiter: language === 'pt-BR' ? ';' : ',',
  record_delimiter: 'windows',
  escape_formulas: true,
  // A lone carriage return in a text would end the line for many readers.
  quoted_match: /[\r\n]/,
  cast: { number: value => (language === 'pt-BR' ? String(value).replace('.', ',') : String(value)) },
})

export const csvOf = (rows: Iterable<Row>, language: Language): string =>
  stringify(
    Array.from(rows, row => [...row]),
    optionsIn(language),
  )

/**
 * Rows as a stream of CSV, made as fast as it is read: a server can do other work in between. When a row cannot be made, the stream ends
 * with that error.
 */
export function csvStream(rows: Iterable<Row> | AsyncIterable<Row>, language: Language): Readable {
  const csv = createStringifier(optionsIn(language))
  // An error reaches the stream, and whoever reads that: nothing is left to do here.
  pipeline(Readable.from(rows), csv, () => undefined)
  return csv
}
