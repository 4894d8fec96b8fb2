import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { failures } from '@ponte/contracts'
import { changedFileUsed, COUNTS_WITHIN_MS } from '@ponte/runtime'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'
import { discoverTexts } from '../../apps/cli/src/discover/texts.ts'

const read = (file: string): string => readFileSync(path.join(repositoryRoot, file), 'utf8')
const listed = (...patterns: string[]): readonly string[] =>
  execFileSync('git', ['ls-files', ...patterns], { cwd: repositoryRoot })
    .toString()
    .split('\n')
    .filter(Boolean)
/** Documents, and what commands, pages and messages say. */
const files = [...listed('*.md'), ...listed('apps/*/src/**/*.ts', 'packages/*/src/**/*.ts')].filter(
  file => !/CHANGELOG|\.test\.ts$/.test(file),
)
const sentencesOf = (file: string): readonly string[] => read(file).split(/(?<=[.:!?])\s+|\n/)

const namesFile = /tenants file|arquivo de tenants|ponte\.config\.yaml|`fields`|`clientSecret`/i
const counted = /(?:within|wait|em até|espere|após) (?<before>\d+) ?s|\b(?<after>\d+) s later/i
const secondsIn = (sentence: string): readonly number[] => {
  const { before, after } = counted.exec(sentence)?.groups ?? {}
  const seconds = before ?? after
  return seconds === undefined ? [] : [Number(seconds)]
}

test('wherever it is said how long a change of the tenants file takes, it is as long', () => {
  const stated = files.flatMap(file =>
    sentencesOf(file)
      .filter(each => namesFile.test(each))
      .flatMap(secondsIn),
  )
  const solutions = Object.values(failures).flatMap(({ en, pt }) => [en.solution, pt.solution].flatMap(secondsIn))
  expect(stated.length).toBeGreaterThan(5)
  expect(solutions.length).toBeGreaterThan(9)
  expect(new Set([...stated, ...solutions])).toEqual(new Set([COUNTS_WITHIN_MS / 1000]))
})

test('discover and its documents say in one sentence when a changed tenants file is used', () => {
  for (const [language, sentence] of [
    ['en', changedFileUsed.en],
    ['pt-BR', changedFileUsed.pt],
  ] as const)
    expect(discoverTexts[language].outcomes.written('file')).toMatch(new RegExp(`^[^.]+ file\\. ${sentence}$`))
  for (const file of ['docs/cli.md', 'docs/configuration.md']) expect(read(file), file).toContain(changedFileUsed.en)
})

test('no command that writes or names the tenants file says that processes read it when they start', () => {
  const atStart = /when (?:they|it) starts?|at (?:its|their) (?:next )?start|(?:quando|ao) inicia|restart|reinici/i
  for (const command of ['discover', 'connect', 'init'])
    expect(
      sentencesOf(`apps/cli/src/${command}/texts.ts`).filter(each => atStart.test(each)),
      command,
    ).toEqual([])
  const ofFile = files.flatMap(file => sentencesOf(file).filter(each => /\b(?:reads?|leem|lê)\b/.test(each)))
  const late = /tenants file when (?:they|it) starts?|arquivo de tenants (?:quando|ao) inicia/i
  expect(ofFile.filter(each => late.test(each))).toEqual([])
})
