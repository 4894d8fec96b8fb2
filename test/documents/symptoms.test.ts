import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { skipReasons, waitReasons } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { symptoms } from '../../scripts/symptoms.ts'

const read = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8')
const causes = symptoms.flatMap(symptom => symptom.causes)

test('each reason for which an event is skipped or waits has one row, whose code gives it', () => {
  const reasons = causes.flatMap(([, , given = []]) => given)
  expect(reasons.toSorted()).toEqual([...skipReasons, ...Object.keys(waitReasons)].toSorted())
  const elsewhere = causes.flatMap(([, code, given = []]) => {
    const texts = code.flatMap(sourcesOf).map(read)
    return given.filter(key => !texts.some(text => text.includes(`'${key}'`)))
  })
  expect(elsewhere).toEqual([])
})

test('what decides is there', () => {
  const code = causes.flatMap(([, named]) => named)
  expect(code.filter(file => !existsSync(path.join(repositoryRoot, file)))).toEqual([])
})

test('each section of the incidents is where a symptom leads', () => {
  const [, ...sections] = read('docs/operating/incidents.md').split(/^## /m)
  const led = read('docs/operating/README.md')
  const titles = sections.map(section => section.split('\n', 1)[0] ?? '')
  expect(titles.length).toBeGreaterThan(9)
  expect(titles.filter(title => !led.includes(`[${title}](incidents.md#`))).toEqual([])
})

test.each(['ARCHITECTURE.md', 'docs/operating/README.md', 'docs/operating/README.pt-BR.md'])(
  'no cell of the symptoms of %s is longer than two lines',
  file => {
    const [, table = ''] = read(file).split('<!-- symptoms:')
    const cells = table
      .split('\n')
      .flatMap(line => line.split('|'))
      .map(cell => cell.replaceAll(/\]\([^)]*\)/g, ']').trim())
    expect(cells.length).toBeGreaterThan(60)
    expect(cells.filter(cell => cell.length > 160)).toEqual([])
  },
)

const sourcesOf = (file: string): readonly string[] =>
  statSync(path.join(repositoryRoot, file)).isDirectory()
    ? globSync(`${file}/**/*.ts`, { cwd: repositoryRoot }).filter(name => !name.endsWith('.test.ts'))
    : [file]
