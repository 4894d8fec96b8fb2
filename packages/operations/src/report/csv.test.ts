import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import { type Cell, csvOf } from './report-csv.ts'

const rows: readonly (readonly Cell[])[] = [
  ['Período', 'Valor'],
  ['webinar; "CRM", parte 2', 1234.5],
  ['linha\nquebrada', undefined],
]

test('a reader of CSV finds what was written, with the decimal sign and the delimiter of the language', () => {
  const read = (csv: string, delimiter: string): unknown => parse(csv, { bom: true, delimiter })
  expect(read(csvOf(rows, 'pt-BR'), ';')).toEqual([
    ['Período', 'Valor'],
    ['webinar; "CRM", parte 2', '1234,5'],
    ['linha\nquebrada', ''],
  ])
  expect(read(csvOf(rows, 'en'), ',')).toEqual([
    ['Período', 'Valor'],
    ['webinar; "CRM", parte 2', '1234.5'],
    ['linha\nquebrada', ''],
  ])
})

test('Excel takes the file for UTF-8, and its lines for those of Windows', () => {
  const csv = csvOf(rows, 'pt-BR')
  expect(Buffer.from(csv).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
  expect(csv).toContain('Período;Valor\r\n')
})

describe('a spreadsheet runs no text of others as a formula', () => {
  test.each(['=HYPERLINK("http://x")', '+1+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1'])('%j', formula => {
    expect(parse(csvOf([[formula]], 'en'), { bom: true })).toEqual([[`'${formula}`]])
  })
})
