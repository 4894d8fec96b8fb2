import { open } from 'node:fs/promises'
import { MOST_COLUMNS } from '@ponte/webhooks'
import { CsvError, parse } from 'csv-parse/sync'
import { createRecordSplitter, type RawRecord } from './split-records.ts'
import { decodeRecord, detectEncoding, type TextEncoding, textOf, UNREADABLE } from './text-encoding.ts'

/** Why a record of a table cannot be read. */
export type RecordProblem =
  | 'too-long'
  | 'too-many-cells'
  | 'quotes'
  | 'unclosed-quote'
  | 'characters'
  /** Another number of cells than there are headings. */
  | 'cells'

/** Why a whole table cannot be read. */
export type TableProblem = 'empty' | 'not-text' | 'pdf' | 'workbook' | RecordProblem

/** A record that is not blank. `record` counts as a spreadsheet counts its rows: the headings are the first one. */
export type TableRecord = { readonly record: number } & (
  | { readonly cells: readonly string[] }
  | { readonly problem: RecordProblem }
)

const separators = ['\t', ';', ','] as const

/** What a file begins with that somebody may take for a table: a PDF, a ZIP (which an XLSX is too), a workbook of before 2007. */
const otherFormats = [
  ['pdf', '%PDF-'],
  ['workbook', 'PK\u0003\u0004'],
  ['workbook', '\u00d0\u00cf\u0011\u00e0'],
] as const

export class TableUnreadableError extends Error {
  readonly problem: TableProblem
  constructor(problem: TableProblem) {
    super(problem)
    this.name = 'TableUnreadableError'
    this.problem = problem
  }
}

/**
 * Opens a table that a spreadsheet or RD Station has written. It is in UTF-16, or each record is in UTF-8 or Latin-1. Cells are separated by
 * tabs, semicolons or commas. The file is never in memory as a whole, and each record is bounded before it is read. Throws
 * TableUnreadableError when there are no headings to be read. `onRead`: how many bytes have been read.
 */
export async function openTable(file: string, onRead?: (bytes: number) => void) {
  await refuseOtherFormats(file)
  const splitter = createRecordSplitter(separators.join(''))
  const encoding = await detectEncoding(file)
  const records = rawRecordsOf(textOf(file, encoding, onRead), splitter, encoding)
  let first = await records.next()
  const named = first.done === true ? undefined : separatorLine.exec(first.value.text)?.[1]
  if (named !== undefined) first = await records.next()
  if (first.done === true) throw new TableUnreadableError('empty')
  const { text } = first.value
  if (/\p{Cc}/u.test(text.replaceAll(/[\t\n\r]/g, ''))) throw new TableUnreadableError('not-text')
  const separator = named ?? separatorOf(text)
  splitter.separateBy(separator)
  const headings = readRecord(first.value, separator)
  if (!('cells' in headings)) throw new TableUnreadableError(headings.problem)
  const firstRow = named === undefined ? 0 : 1
  return {
    headings: headings.cells,
    records: readAll(records, { separator, firstRow, columns: headings.cells.length }),
  }
}

/** The first line by which Excel is told the separator. Excel does not count it as a row. */
const separatorLine = /^"?sep=([\t;,])"?$/i

async function refuseOtherFormats(file: string): Promise<void> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0)
    const beginning = buffer.toString('latin1', 0, bytesRead)
    const [format] = otherFormats.find(([, signature]) => beginning.startsWith(signature)) ?? []
    if (format !== undefined) throw new TableUnreadableError(format)
  } finally {
    await handle.close()
  }
}

type Numbered = RawRecord & { readonly record: number }

/** The records that are not blank. */
async function* rawRecordsOf(
  chunks: AsyncIterable<string>,
  splitter: ReturnType<typeof createRecordSplitter>,
  encoding: TextEncoding,
): AsyncGenerator<Numbered> {
  let record = 0
  function* numbered(raws: Iterable<RawRecord>): Generator<Numbered> {
    for (const raw of raws) {
      record += 1
      const text = decodeRecord(raw.text, encoding)
      if (raw.isTooLong || text.trim() !== '') yield { ...raw, text, record }
    }
  }
  for await (const chunk of chunks) yield* numbered(splitter.push(chunk))
  yield* numbered(splitter.end())
}

async function* readAll(
  records: AsyncIterable<Numbered>,
  { separator, firstRow, columns }: { readonly separator: string; readonly firstRow: number; readonly columns: number },
): AsyncGenerator<TableRecord> {
  for await (const raw of records) {
    const read = readRecord(raw, separator)
    // Spreadsheets write rows of empty cells.
    if ('cells' in read && read.cells.every(cell => cell.trim() === '')) continue
    const hasAll = 'problem' in read || read.cells.length === columns
    yield { record: raw.record - firstRow, ...(hasAll ? read : { problem: 'cells' }) }
  }
}

/** The separator that stands most often outside of quotes. */
function separatorOf(headings: string): string {
  const outside = headings.split('"').filter((_part, index) => index % 2 === 0)
  const count = (separator: string): number => outside.join('').split(separator).length
  return separators.toSorted((one, other) => count(other) - count(one))[0] ?? ','
}

function readRecord(
  { text, cells, isTooLong, isUnclosed }: RawRecord,
  separator: string,
): { readonly cells: readonly string[] } | { readonly problem: RecordProblem } {
  if (isUnclosed) return { problem: 'unclosed-quote' }
  if (isTooLong) return { problem: 'too-long' }
  if (cells > MOST_COLUMNS) return { problem: 'too-many-cells' }
  if (text.includes(UNREADABLE)) return { problem: 'characters' }
  const row = parseRow(text, separator) ?? parseRow(withoutFormulas(text, separator), separator)
  return row === undefined ? { problem: 'quotes' } : { cells: row.map(textOfFormula) }
}

/** Undefined when quotes stand where none may. */
function parseRow(text: string, separator: string): readonly string[] | undefined {
  try {
    const [row = []] = parse(text, { delimiter: separator, relax_column_count: true })
    return row
  } catch (error) {
    if (error instanceof CsvError) return undefined
    throw error
  }
}

/** Programs write `="5511987654321"`, so that a spreadsheet keeps the digits. Such a quote is not at the beginning of its cell. */
const withoutFormulas = (text: string, separator: string): string =>
  text.replaceAll(new RegExp(`(?<=^|${separator})=(?="[^"]*"(?:${separator}|$))`, 'g'), '')

/** The same cell after a spreadsheet has saved it: its quotes are written as quotes require. */
const textOfFormula = (cell: string): string => /^="([^"]*)"$/.exec(cell)?.[1] ?? cell
