import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { longRunFiles } from '../long-run-files.ts'

const pages = globSync('docs/behaviour/*.md', { cwd: repositoryRoot })
/** The line that each page begins with, and the first page, which lists the others. */
const notPromised = /^(?:\[What Ponte does\]\(README\.md\)|The contract that the tests hold\.[\s\S]*)$/
/** Every heading with text of its own, and that text. */
const sections = pages
  .flatMap(page => readFileSync(path.join(repositoryRoot, page), 'utf8').split(/^#+ /m).slice(1))
  .map(section => /^(?<heading>.+)\n(?<text>[\s\S]*)$/.exec(section)?.groups)
  .map(({ heading = '', text = '' } = {}) => ({ heading, text: text.trim() }))
  .filter(({ text }) => text !== '' && !notPromised.test(text))

test('every section ends with the tests that hold it', () => {
  expect(pages.length).toBeGreaterThan(9)
  expect(sections.length).toBeGreaterThan(60)
  expect(sections.filter(({ text }) => testsOf(text).length === 0).map(({ heading }) => heading)).toEqual([])
})

const named = sections.flatMap(({ text }) => testsOf(text))
const isThere = (file: string): boolean => existsSync(path.join(repositoryRoot, file))

test('every file that they name is there', () => {
  expect(named.filter(file => !isThere(file))).toEqual([])
})

test('every file that they name holds something in every run, not in the long one alone', () => {
  const files = [...new Set(named)].filter(isThere)
  const read = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8')
  const isLong = (file: string): boolean =>
    longRunFiles.some(left => path.matchesGlob(file, left)) || shortTestsOf(read(file)).length === 0
  expect(files.filter(isLong)).toEqual([])
})

test.each([
  "test('a lead arrives', async () => {",
  "test.each([1, 2])('%i leads arrive', count => {",
  "test.concurrent('a lead arrives', async () => {",
  "describe('a lead', () => {\n  test('arrives', async () => {\n  })\n})",
  "describe.runIf(inject('isLongRun'))('many', () => {\n  test('arrive', () => {\n  })\n})\n\ntest('one arrives', () => {",
])('%s is in every run', text => {
  expect(shortTestsOf(text)).toHaveLength(1)
})

test.each([
  "test.runIf(inject('isLongRun'))(\n  'many leads arrive',\n  async () => {",
  "test\n  .runIf(inject('isLongRun'))\n  .concurrent('many leads arrive', async () => {",
  "test.concurrent.runIf(inject('isLongRun')).each([1, 2])('%i leads arrive', count => {",
  "describe.runIf(inject('isLongRun'))('many', () => {\n  test('arrive', () => {\n  })\n\n  test('are won', () => {\n  })\n})",
  "describe\n  .runIf(inject('isLongRun'))\n  .each([\n    1,\n  ])('%i', () => {\n    test('arrive', () => {\n    })\n  })",
  "test.skip('a lead arrives', () => {",
  "test.todo('a lead arrives')",
  "const tests = 'test(s)'\n// test('a lead arrives')",
])('%s is not', text => {
  expect(shortTestsOf(text)).toEqual([])
})

/** The files that the last line of a section names (`apps/board/src/config`); none when that line names no tests. */
function testsOf(section: string): readonly string[] {
  const line = /^Tests: `[\w/.-]+`(?:, `[\w/.-]+`)*$/.exec(section.split('\n').at(-1) ?? '')
  return [...(line?.[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => `${name}.test.ts`)
}

/** The beginnings of the tests that run without `-- --all`, by the text of a file as oxfmt formats it. */
function shortTestsOf(text: string): readonly string[] {
  const isLong = String.raw`(?:\s*\.\w+)*?\s*\.runIf\(inject\('isLongRun'\)\)`
  // A block goes on as long as its lines stand further to the right, or close what its first line has opened.
  const longBlocks = new RegExp(String.raw`^( *)describe${isLong}.*(?:\n(?:\1[ \])}].*|[ ]*(?=\n|$)))*`, 'gm')
  const shortTests = new RegExp(String.raw`^ *test(?!${isLong}|(?:\s*\.\w+)*?\s*\.(?:skip|todo)\b)\s*[.(].*`, 'gm')
  return [...text.replaceAll(longBlocks, '').matchAll(shortTests)].map(([first]) => first)
}
