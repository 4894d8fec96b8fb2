import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { workerSettings } from '@ponte/runtime'
import { describe, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

describe('documents for operators', () => {
  /** What an administrator looks up. What an administrator does is on the other pages, in both languages. */
  const reference = ['docs/operating/failover.md', 'docs/operating/kubernetes.md', 'docs/operating/redis.md']
  const pages = globSync(['docs/operating/**/*.md', 'docs/installing*.md', 'docs/switching-over*.md', 'README*.md'], {
    cwd: root,
    exclude: reference,
  })
  const english = pages.filter(page => !page.endsWith('.pt-BR.md'))

  test('are there in both languages', () => {
    expect(english.length).toBeGreaterThan(8)
    expect(pages.toSorted()).toEqual(english.flatMap(page => [page, inPortuguese(page)]).toSorted())
  })

  test.each(english)('%s has the same sections, tables and lists in both', page => {
    expect(shapeOf(read(inPortuguese(page)))).toEqual(shapeOf(read(page)))
  })

  test.each(pages)('%s leads to the same page in the other language', page => {
    const other = page.endsWith('.pt-BR.md') ? page.replace('.pt-BR.md', '.md') : inPortuguese(page)
    expect(read(page).split('\n')[2]).toContain(`](${path.basename(other)})`)
  })
})

test('.env.example and the page of settings name every setting of alerts and traces', () => {
  const names = Object.keys(workerSettings.shape).filter(name => /^(ALERT|OTEL)_/.test(name))
  expect(names.length).toBeGreaterThan(5)
  for (const file of ['.env.example', 'docs/configuration.md']) {
    const text = read(file)
    expect(
      names.filter(name => !text.includes(name)),
      file,
    ).toEqual([])
  }
})

const inPortuguese = (page: string): string => page.replace(/\.md$/, '.pt-BR.md')

/** Heading levels, and how many rows and list items stand below each. */
const shapeOf = (text: string): string[] =>
  text.split(/^(?=#+ )/m).map(section => {
    const level = /^#+/.exec(section)?.[0] ?? ''
    const count = (pattern: RegExp): number => [...section.matchAll(pattern)].length
    return `${level} ${count(/^\| /gm)} rows, ${count(/^- /gm)} bullets, ${count(/^\d+\. /gm)} steps`
  })
