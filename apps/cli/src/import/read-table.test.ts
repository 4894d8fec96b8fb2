import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { useFolder } from '../testing/use-cli-set-up.ts'
import { openTable, TableUnreadableError } from './read-table.ts'

const folder = useFolder()

/** What is read of a file with these bytes. */
async function read(bytes: Buffer | string) {
  const { headings, records } = await openTable(await folder.write(bytes))
  const rows: (readonly [record: number, ...cells: readonly string[]])[] = []
  const problems: (readonly [record: number, problem: string])[] = []
  let linesNotRead = 0
  for await (const each of records)
    if ('cells' in each) rows.push([each.record, ...each.cells])
    else {
      problems.push([each.record, each.problem])
      linesNotRead += each.linesNotRead
    }
  return { headings, rows, problems, linesNotRead }
}
const problemOf = (bytes: Buffer | string) =>
  read(bytes).then(
    () => undefined,
    (error: unknown) => (error instanceof TableUnreadableError ? error.problem : error),
  )

/** Latin-1 as Windows writes it. */
const latin1Letters = Array.from('ÀÁÂÃÇÉÊÍÓÔÕÚÜàáâãçéêíóôõúü')
const encodings = {
  'UTF-8': (text: string) => Buffer.from(text),
  'UTF-8 with a byte order mark': (text: string) => Buffer.from(`\ufeff${text}`),
  'UTF-16': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16 without a byte order mark': (text: string) => Buffer.from(text, 'utf16le'),
  'UTF-16, big end first': (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'Latin-1': (text: string) => Buffer.from(text, 'latin1'),
} as const

const cellOf = (letters: readonly string[]) =>
  fc.string({ unit: fc.constantFrom(...letters, ...Array.from('aZ 09"";,\t\n\r@.')) })
const anyCell = fc.oneof(
  fc.string({ unit: 'binary' }).filter(text => !text.includes('\ufffd')),
  cellOf(['é', '🙂']),
)
const latin1Cell = cellOf(latin1Letters)
const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

test.each(Object.entries(encodings))(
  'any table that is written in %s is read back, whatever separates its cells and its lines',
  async (name, encode) => {
    const cell = name === 'Latin-1' ? latin1Cell : anyCell
    const table = fc.integer({ min: 2, max: 5 }).chain(columns => {
      const row = fc.array(fc.tuple(cell, fc.boolean()), { minLength: columns, maxLength: columns })
      return fc.array(
        row.filter(cells => cells.some(([text]) => text.trim() !== '')),
        { maxLength: 6 },
      )
    })
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom('\t', ';', ','),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        async (rows, separator, lineBreak, endsInBreak) => {
          const columns = rows[0]?.length ?? 2
          const headings = Array.from({ length: columns }, (_, index) => `Nome ${index}`)
          // Quotes are needed around what would mean something else.
          const written = rows.map(cells =>
            cells.map(([text, isQuoted]) => (isQuoted || /["\r\n;,\t]/.test(text) ? quote(text) : text)),
          )
          const lines = [headings, ...written].map(cells => cells.join(separator))
          const found = await read(encode(lines.join(lineBreak) + (endsInBreak ? lineBreak : '')))
          expect(found).toEqual({
            headings,
            rows: rows.map((cells, index) => [index + 2, ...cells.map(([text]) => text)]),
            problems: [],
            linesNotRead: 0,
          })
        },
      ),
    )
  },
)

const valid = 'a@x.example;Ana'
const damages = {
  cells: ['a@x.example', 'a@x.example;Ana;3'],
  quotes: ['"a@x.example"x;Ana', 'a"x;"Ana"b', '="a;b"'],
  characters: [Buffer.from([...Buffer.from('a@x.example;José'), 0xe9])],
  'too-long': [`a@x.example;${'x'.repeat(300_000)}`, `"${'x\n'.repeat(200_000)}";Ana`],
  'too-many-cells': ['x;'.repeat(3000)],
} as const

test('every record that cannot be read is named by its number, and the others are read', async () => {
  const part = fc.constantFrom(
    ...Object.entries(damages).flatMap(([problem, texts]) => texts.map(text => ({ problem, text }))),
    ...Array.from({ length: 6 }, () => ({ problem: undefined, text: valid })),
    { problem: 'blank', text: '' },
    { problem: 'blank', text: ';' },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), async parts => {
      const bytes = [Buffer.from('E-mail;Nome\n')]
      for (const { text } of parts) bytes.push(Buffer.from(text), Buffer.from('\n'))
      const { rows, problems } = await read(Buffer.concat(bytes))
      const numbered = parts.map((each, index) => [index + 2, each.problem] as const)
      expect(rows.map(([record]) => record)).toEqual(
        numbered.flatMap(([record, problem]) => (problem === undefined ? record : [])),
      )
      expect(problems).toEqual(numbered.filter(([, problem]) => problem !== undefined && problem !== 'blank'))
    }),
    { numRuns: 50 },
  )
})

test('each row is read as it is written: in UTF-8, else in Latin-1, whatever the other rows are', async () => {
  const row = fc.record({ name: fc.constantFrom('José Antônio', 'Ana', 'SÃO JOÃO', 'Conceição'), isUtf8: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async rows => {
      const lines = rows.map(({ name, isUtf8 }) => Buffer.from(`a@x.example;${name}\n`, isUtf8 ? 'utf8' : 'latin1'))
      const { rows: found, problems } = await read(Buffer.concat([Buffer.from('Email;Nome\n'), ...lines]))
      expect(found.map(([, , name]) => name)).toEqual(rows.map(({ name }) => name))
      expect(problems).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test.each([
  ['as programs write it', '="5511987654321"'],
  ['within quotes', '"=""5511987654321"""'],
])('a cell that a formula keeps as text is that text: %s', async (_how, cell) => {
  const { rows, problems } = await read(`Nome,Celular,Email\nAna,${cell},a@x.example\n"a,="";b",${cell},=""\n`)
  expect(rows).toEqual([
    [2, 'Ana', '5511987654321', 'a@x.example'],
    [3, 'a,=";b', '5511987654321', ''],
  ])
  expect(problems).toEqual([])
})

test('a quote that is never closed costs no memory, and is named; what stands before it is read', async () => {
  const file = await folder.write(`Email;Nome\n${valid}\n"b@x.example;`)
  for (let part = 0; part < 8; part += 1) await writeFile(file, 'x;\n'.repeat(3_500_000), { flag: 'a' })
  // A process that has less memory than the file is long.
  const script = `import { openTable } from ${JSON.stringify(path.join(import.meta.dirname, 'read-table.ts'))}
    const { records } = await openTable(${JSON.stringify(file)})
    for await (const each of records) console.log(JSON.stringify(each))`
  const args = ['--max-old-space-size=40', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line)),
  ).toEqual([
    { record: 2, cells: ['a@x.example', 'Ana'] },
    { record: 3, problem: 'unclosed-quote', linesNotRead: 27_999_999 },
  ])
})

test.each([
  ['no byte', '', 'empty'],
  ['only blank lines', '\n \n', 'empty'],
  ['the bytes of a workbook', Buffer.from([0x50, 0x4b, 3, 4, 0x0a, 0, 0, 0]), 'workbook'],
  ['the bytes of an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), 'workbook'],
  ['a PDF', '%PDF-1.7\n1 0 obj\n', 'pdf'],
  ['the bytes of a picture', Buffer.from([0x47, 0x49, 0x46, 1, 2, 3]), 'not-text'],
  ['the bytes of a photo', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x22, 0xc3, 0xa9, 0x4a, 0x22, 1]), 'not-text'],
  ['nothing but the line that names a separator', 'sep=;\r\n', 'empty'],
  ['10,000 headings', 'x,'.repeat(10_000), 'too-many-cells'],
  ['a heading of 5 MB', 'x'.repeat(5_000_000), 'too-long'],
  ['a heading whose quote is never closed', '"Email;Nome\na@x.example;Ana', 'unclosed-quote'],
])('a file of %s is refused', async (_what, bytes, problem) => {
  expect(await problemOf(bytes)).toBe(problem)
})

test('a cell of 5 MB is named, and the rows around it are read', async () => {
  const { rows, problems } = await read(`Email;Nome\n${valid}\n"${'x;\n'.repeat(1_700_000)}";Bia\n${valid}\n`)
  expect(rows.map(([record]) => record)).toEqual([2, 4])
  expect(problems).toEqual([[3, 'too-long']])
})

test.each(['sep=;', 'SEP=;', '"sep=;"', '\ufeffsep=;', 'sep=; '])(
  'the line %j of Excel names the separator, and is no row',
  async line => {
    expect(await read(`${line}\r\nEmail;Nome, Cargo, Tags\r\n${valid}\r\nx\r\n`)).toEqual({
      headings: ['Email', 'Nome, Cargo, Tags'],
      rows: [[2, 'a@x.example', 'Ana']],
      problems: [[3, 'cells']],
      linesNotRead: 0,
    })
  },
)

test('a blank line before the line of Excel is a row of its own', async () => {
  const { headings, rows } = await read(`\nsep=;\nEmail;Nome\n${valid}\n`)
  expect([headings, rows]).toEqual([['Email', 'Nome'], [[3, 'a@x.example', 'Ana']]])
})

test.each(Object.entries(encodings))(
  'what follows an unclosed quote is not read, and its lines are counted, in %s',
  async (_name, encode) => {
    for (const lineBreak of ['\n', '\r\n', '\r'])
      for (const end of ['', lineBreak]) {
        const lines = ['Email;Nome', valid, 'x', '"a@x.example;Bia', valid, 'á', valid]
        const { rows, problems, linesNotRead } = await read(encode(lines.join(lineBreak) + end))
        expect(rows).toEqual([[2, 'a@x.example', 'Ana']])
        expect(problems).toEqual([
          [3, 'cells'],
          [4, 'unclosed-quote'],
        ])
        expect(linesNotRead).toBe(3)
      }
  },
)

test('a line of 12 MB ends the reading, and its lines are counted', async () => {
  const { rows, problems, linesNotRead } = await read(`Email;Nome\n${valid}\n${'x;'.repeat(6_000_000)}\n${valid}\n`)
  expect(rows.map(([record]) => record)).toEqual([2])
  expect([problems, linesNotRead]).toEqual([[[3, 'too-long']], 1])
})

test('a cell as long as a record may be is read', async () => {
  const cell = 'x""\n'.repeat(65_000)
  const { rows } = await read(`Email;Nome\na@x.example;"${cell}"\n${valid}\n`)
  expect(rows.map(([, , name]) => name)).toEqual([cell.replaceAll('""', '"'), 'Ana'])
})

test('headings alone are a table without rows', async () => {
  expect(await read('Email,Nome\r\n')).toEqual({ headings: ['Email', 'Nome'], rows: [], problems: [], linesNotRead: 0 })
})

test('a NUL in a cell is kept for the parser, which removes it', async () => {
  expect((await read('Email,Nome\nx\0,y')).rows).toEqual([[2, 'x\0', 'y']])
})
