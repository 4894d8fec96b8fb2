import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, onTestFinished, test } from 'vitest'

const codeIn = (folder: string): string[] => {
  const files = globSync(`${folder}/**/*.ts`, { cwd: repositoryRoot, exclude: ['**/node_modules/**'] })
  const code = files.filter(file => !/\.test\.ts$|\/testing\//.test(file))
  expect(code).not.toEqual([])
  return code
}

const linesWith = (folders: readonly string[], pattern: RegExp): string[] =>
  folders.flatMap(codeIn).flatMap(file =>
    readFileSync(path.join(repositoryRoot, file), 'utf8')
      .split('\n')
      .flatMap(line => (pattern.test(line) ? [`${file}: ${line.trim()}`] : [])),
  )

test('one place normalises texts, and cuts them before', () => {
  const found = linesWith(['packages', 'apps'], /\.normalize\(|\.localeCompare\(|Intl\.Collator/)
  expect(found).toEqual([expect.stringContaining('packages/contracts/src/text/bounded-text.ts')])
})

test('the parsers take each text of a body by a function that cuts it', () => {
  const parsers = ['rd', 'crm', 'quarantine'].map(folder => `packages/webhooks/src/${folder}`)
  expect(linesWith(parsers, /typeof .*'string'|\bString\((?!value\) : undefined)/)).toEqual([])
})

const superLinear = {
  'two quantifiers that take the same characters': String.raw`/^\s*(?:null|none)?\s*$/i`,
  'an end that is looked for from each of its beginnings': String.raw`/(?:=|%3D)+$/i`,
  'a quantifier in a quantifier': String.raw`/^(?:a+)+$/`,
  'a pattern in parts': String.raw`new RegExp([String.raw${'`'}[^\s@]+@${'`'}, 'x'].join('|'), 'u')`,
}

test.each(Object.entries(superLinear))('the linter refuses %s', async (_what, expression) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-expression-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(path.join(folder, 'found.ts'), `export const found = ${expression}\n`)
  await writeFile(path.join(folder, 'linear.ts'), 'export const linear = /^(?:null|none)?$/i\n')
  const lint = (file: string): Promise<string> =>
    new Promise(resolve => {
      const args = ['--config', path.join(repositoryRoot, '.oxlintrc.json'), path.join(folder, file)]
      execFile(path.join(repositoryRoot, 'node_modules/.bin/oxlint'), args, (_error, stdout) => resolve(stdout))
    })
  expect(await lint('found.ts')).toContain('regexp(no-super-linear-')
  expect(await lint('linear.ts')).toContain('Found 0 warnings and 0 errors')
})
