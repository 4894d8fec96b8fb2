import type { Language } from '@ponte/contracts'
import { pipeline, Readable } from 'node:stream'
import { type Options, stringify as createStringifier } from 'csv-stringify'
import { stringify } from 'csv-stringify/sync'

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

/** Rows as CSV, whole. */
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
