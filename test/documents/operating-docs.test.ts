import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { failures, solutions } from '@ponte/contracts'
import { setting } from '@ponte/runtime'
import { describe, expect, test } from 'vitest'

const root = path.dirname(import.meta.dirname)
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const manuals = [
  { file: 'docs/operating.md', language: 'en' },
  { file: 'docs/operating.pt-BR.md', language: 'pt' },
] as const

describe.each(manuals)('$file', ({ file, language }) => {
  test('its table of errors has every code, with the message that people see and the solution that the command line names', () => {
    const rows = [...read(file).matchAll(/^\| \[`([A-Z_]+)`\]\([^)]+\) \| ([^|]+) \| ([^|]+) \|$/gm)]
    const column = (number: number) => Object.fromEntries(rows.map(([, code = '', ...cells]) => [code, cells[number]]))
    const textsOf = (table: Readonly<Record<string, { en: string; pt: string }>>) =>
      Object.fromEntries(Object.entries(table).map(([code, texts]) => [code, texts[language]]))
    expect(column(0)).toEqual(textsOf(failures))
    expect(column(1)).toEqual(textsOf(solutions))
  })

  test('every link leads to a file and a section that exist', () => {
    for (const [, target = ''] of read(file).matchAll(/\]\(([^)]+)\)/g)) {
      const [page = '', anchor] = target.split('#')
      const linked = page === '' ? file : path.posix.join('docs', page)
      expect(existsSync(path.join(root, linked)), target).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(read(linked)), target).toContain(anchor)
    }
  })
})

test('both languages have the same sections, tables and lists', () => {
  const [english, portuguese] = manuals.map(({ file }) => shapeOf(read(file)))
  expect(portuguese).toEqual(english)
})

test('.env.example, README and the manual name every setting of alerts and traces', () => {
  const names = Object.keys(setting).filter(name => /^(ALERT|OTEL)_/.test(name))
  expect(names.length).toBeGreaterThan(5)
  for (const file of ['.env.example', 'README.md']) {
    const text = read(file)
    expect(
      names.filter(name => !text.includes(name)),
      file,
    ).toEqual([])
  }
})

/** Heading levels, and how many rows and list items stand below each. */
const shapeOf = (text: string): string[] =>
  text.split(/^(?=#+ )/m).map(section => {
    const level = /^#+/.exec(section)?.[0] ?? ''
    const count = (pattern: RegExp): number => [...section.matchAll(pattern)].length
    return `${level} ${count(/^\| /gm)} rows, ${count(/^- /gm)} bullets, ${count(/^\d+\. /gm)} steps`
  })

/** As GitHub makes them. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
