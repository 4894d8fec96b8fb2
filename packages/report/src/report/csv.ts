import type { Language } from '@ponte/contracts'
import { stringify } from 'csv-stringify/sync'

/** What a cell holds. A number is written as the language writes it, without thousands: `1234,5` or `1234.5`. */
export type Cell = string | number | undefined

/**
 * Rows, the headings first, as CSV that a double click opens in Excel: UTF-8 with a byte order mark and lines that end in CRLF. The
 * delimiter is the one that Excel expects where people read the language: a semicolon in Brazil, where the comma is in the numbers.
 * A text that a spreadsheet would run as a formula gets an apostrophe in front: campaigns and reasons are other people's words.
 */
export function csvOf(rows: readonly (readonly Cell[])[], language: Language): string {
  return stringify(
    rows.map(row => [...row]),
    {
      bom: true,
      delimiter: language === 'pt-BR' ? ';' : ',',
      record_delimiter: 'windows',
      escape_formulas: true,
      // A lone carriage return in a text would end the line for many readers.
      quoted_match: /[\r\n]/,
      cast: { number: value => (language === 'pt-BR' ? String(value).replace('.', ',') : String(value)) },
    },
  )
}
