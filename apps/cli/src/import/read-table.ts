import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { isRecord } from '@ponte/contracts'
import { MAX_COLUMNS } from '@ponte/webhooks'
import { parse } from 'csv-parse'

/** Why a record of a table cannot be read. */
export type RecordProblem =
  | 'too-long'
  | 'too-many-cells'
  | 'quotes'
  /** Nothing of the file after it is read. */
  | 'unclosed-quote'
  | 'characters'
  /** Another number of cells than there are headings. */
  | 'cells'

/** Why a whole table cannot be read. */
export type TableProblem = 'empty' | 'not-text' | 'pdf' | 'workbook' | RecordProblem

/** A record that is not blank. `record` counts as a spreadsheet counts its rows: the headings are the first one. */
export type TableRecord = { readonly record: number } & (
  | { readonly cells: readonly string[] }
  /** `linesNotRead`: lines of the file after the first one of the record, when reading ends with it. */
  | { readonly problem: RecordProblem; readonly linesNotRead: number }
)

/** The most bytes of a record. The longest that RD Station writes, with 100 events, has some 10,000. */
const MAX_RECORD = 256 * 1024

/** A record whose end is not found within this many bytes ends the reading, so that a quote that is never closed costs no memory. */
const MAX_SEARCH = 32 * MAX_RECORD

const separators = ['\t', ';', ','] as const

/** What a file begins with that somebody may take for a table: a PDF, a ZIP (which an XLSX is too), a workbook of before 2007. */
const otherFormats = [
  ['pdf', '%PDF-'],
  ['workbook', 'PK\u0003\u0004'],
  ['workbook', '\u00d0\u00cf\u0011\u00e0'],
] as const

export class TableUnreadableError extends Error {
  override readonly name = 'TableUnreadableError'
  readonly problem: TableProblem
  constructor(problem: TableProblem) {
    super(problem)
    this.problem = problem
  }
}

/**
 * Opens a table that a spreadsheet or RD Station has written. It is in UTF-16, or each record is in UTF-8 or Latin-1. Cells are separated by
 * tabs, semicolons or commas. The file is never in memory as a whole. Throws TableUnreadableError when there are no headings to be read.
 * `onRead`: how many bytes have been read.
 */
export async function openTable(file: string, onRead: (bytes: number) => void = () => undefined) {
  const form = await detectForm(file)
  const records = recordsOf(file, form, onRead)
  const first = await records.next()
  if (first.done === true) throw new TableUnreadableError('empty')
  if ('problem' in first.value) throw new TableUnreadableError(first.value.problem)
  const headings = first.value.cells

  async function* rows(): AsyncGenerator<TableRecord> {
    for await (const each of records) {
      const hasAll = 'problem' in each || each.cells.length === headings.length
      yield hasAll ? each : { record: each.record, problem: 'cells', linesNotRead: 0 }
    }
  }
  return { headings, records: rows() }
}

interface TableForm {
  /** Undefined: each record is in UTF-8 or in Latin-1. */
  readonly utf16: 'utf-16le' | 'utf-16be' | undefined
  readonly separator: string
  /** The first record that is not blank is the line by which Excel is told the separator. Excel does not count it as a row. */
  readonly namesSeparator: boolean
}

/** UTF-16 begins with a byte order mark, or with a character of ASCII: half of its bytes are zero. */
function utf16Of([first = 1, second = 1]: Buffer): TableForm['utf16'] {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  return (first === 0xfe && second === 0xff) || (first === 0 && second !== 0) ? 'utf-16be' : undefined
}

/** Reads the beginning of a file. Throws TableUnreadableError when it is no table. */
async function detectForm(file: string): Promise<TableForm> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAX_RECORD))
  const beginning = buffer.subarray(0, bytesRead)
  const [format] = otherFormats.find(([, signature]) => beginning.toString('latin1').startsWith(signature)) ?? []
  if (format !== undefined) throw new TableUnreadableError(format)
  const utf16 = utf16Of(beginning)
  const text = new TextDecoder(utf16).decode(beginning)
  const firstLine = /\S.*/.exec(text)?.[0] ?? ''
  if (/\p{Cc}/u.test(firstLine.replaceAll('\t', ''))) throw new TableUnreadableError('not-text')
  const named = /^"?sep=([\t;,])"? *$/i.exec(firstLine)?.[1]
  // The separator that stands most often outside of quotes.
  const outside = text.split('"').filter((_part, index) => index % 2 === 0)
  const line = /\S.*/.exec(outside.join(''))?.[0] ?? ''
  const [most] = separators.toSorted((one, other) => line.split(other).length - line.split(one).length)
  return { utf16, separator: named ?? most ?? ',', namesSeparator: named !== undefined }
}

const byteOrderMark = Buffer.from('\ufeff')

/** What a file holds, without a byte order mark; UTF-16 as UTF-8. */
async function* bytesOf(
  file: string,
  { utf16 }: TableForm,
  onRead: (bytes: number) => void = () => undefined,
): AsyncGenerator<Buffer> {
  const decoder = utf16 === undefined ? undefined : new TextDecoder(utf16)
  let read = 0
  for await (const chunk of createReadStream(file)) {
    if (!(chunk instanceof Buffer)) continue
    const bytes = decoder === undefined ? chunk : Buffer.from(decoder.decode(chunk, { stream: true }))
    yield read === 0 && byteOrderMark.equals(bytes.subarray(0, 3)) ? bytes.subarray(3) : bytes
    read += chunk.length
    onRead(read)
  }
  if (decoder !== undefined) yield Buffer.from(decoder.decode())
}

/** The records that are not blank, as csv-parse finds them. A byte is a character until a whole record is there. */
async function* recordsOf(file: string, form: TableForm, onRead: (bytes: number) => void): AsyncGenerator<TableRecord> {
  const parsed: { readonly cells: readonly string[]; readonly text: string }[] = []
  /** How many bytes the records have that ended. */
  let ended = 0
  let isUnclosed = false
  const parser = parse({
    delimiter: form.separator,
    record_delimiter: ['\r\n', '\n', '\r'],
    encoding: 'latin1',
    raw: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_records_with_error: true,
    on_record(found: unknown, { raw = '', bytes }) {
      const cells = isRecord(found) && Array.isArray(found['record']) ? found['record'].map(String) : []
      parsed.push({ cells, text: raw })
      ended = bytes
      return null
    },
    on_skip: () => void (isUnclosed = true),
  })
  let isSeparatorLine = form.namesSeparator
  let record = isSeparatorLine ? -1 : 0
  function* takeParsed(): Generator<TableRecord> {
    for (const { cells, text } of parsed.splice(0)) {
      record += 1
      // Spreadsheets write rows of empty cells.
      if (cells.every(cell => cell.trim() === '')) continue
      if (isSeparatorLine) isSeparatorLine = false
      else yield { record, ...readRecord(cells, text, form) }
    }
  }

  let read = 0
  for await (const chunk of bytesOf(file, form, onRead)) {
    await new Promise(resolve => parser.write(chunk, resolve))
    yield* takeParsed()
    read += chunk.length
    if (read - ended > MAX_SEARCH) break
  }
  const begin = ended
  const isCut = read - ended > MAX_SEARCH
  await new Promise<void>(resolve => void parser.end(resolve))
  const problem = isUnclosed ? 'unclosed-quote' : isCut ? 'too-long' : undefined
  if (problem === undefined) yield* takeParsed()
  else yield { record: record + 1, problem, linesNotRead: await countLinesAfter(begin, file, form) }
}

/** The lines of a file behind the one that begins at a byte. */
async function countLinesAfter(begin: number, file: string, form: TableForm): Promise<number> {
  const [carriageReturn, lineFeed] = Buffer.from('\r\n')
  let [lines, at, before] = [0, 0, 0]
  for await (const chunk of bytesOf(file, form)) {
    for (const byte of chunk.subarray(Math.max(0, begin - at))) {
      const isAfterBreak = before === lineFeed || (before === carriageReturn && byte !== lineFeed)
      if (isAfterBreak) lines += 1
      before = byte
    }
    at += chunk.length
  }
  return lines
}

function readRecord(
  cells: readonly string[],
  text: string,
  { separator }: TableForm,
): { readonly cells: readonly string[] } | { readonly problem: RecordProblem; readonly linesNotRead: 0 } {
  const damaged = (problem: RecordProblem) => ({ problem, linesNotRead: 0 }) as const
  if (text.length > MAX_RECORD) return damaged('too-long')
  if (cells.length > MAX_COLUMNS) return damaged('too-many-cells')
  const encoding = encodingOf(text)
  if (encoding === undefined) return damaged('characters')
  if (!areQuotesRight(text, separator)) return damaged('quotes')
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  return { cells: cells.map(cell => textOfFormula(decoder.decode(Buffer.from(cell, 'latin1')))) }
}

/**
 * Of a record by itself, because tables are put together from several: UTF-8 where it is valid, else what Windows calls Latin-1. Undefined
 * when it is damaged: it has characters of UTF-8 and other bytes, or one that stands for what could not be read.
 */
function encodingOf(text: string): 'utf-8' | 'windows-1252' | undefined {
  const bytes = Buffer.from(text, 'latin1')
  const asUtf8 = bytes.toString('utf8')
  if (isUtf8(bytes)) return asUtf8.includes('\ufffd') ? undefined : 'utf-8'
  return /[^\0-\u007f\ufffd]/u.test(asUtf8) ? undefined : 'windows-1252'
}

/**
 * Whether each cell has no quote, or stands within quotes and has each of its own twice. Programs also write `="5511987654321"`, so that a
 * spreadsheet keeps the digits.
 */
function areQuotesRight(text: string, separator: string): boolean {
  const plain = `[^"${separator}\n\r]*`
  const cell = `(?:"(?:[^"]|"")*"|="${plain}"|${plain})`
  return new RegExp(`^${cell}(?:${separator}${cell})*[\n\r]?$`).test(text)
}

/** The text that a formula keeps, also after a spreadsheet has saved it: its quotes are written as quotes require. */
const textOfFormula = (cell: string): string => /^="([^"]*)"$/.exec(cell)?.[1] ?? cell
