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

test('the linter refuses each of them, and no other', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-expression-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const expressions = [...Object.entries(superLinear), ['linear', '/^(?:null|none)?$/i']]
  for (const [what, expression] of expressions)
    await writeFile(path.join(folder, `${what}.ts`), `export const found = ${expression}\n`)
  const found = await new Promise<string>(resolve => {
    const args = ['--config', path.join(repositoryRoot, '.oxlintrc.json'), '--format', 'unix', folder]
    execFile(path.join(repositoryRoot, 'node_modules/.bin/oxlint'), args, (_error, stdout) => resolve(stdout))
  })
  const refused = found.split('\n').filter(line => line.includes('no-super-linear-'))
  const names = refused.map(line => path.basename(line.split('.ts:')[0] ?? ''))
  expect([...new Set(names)].toSorted()).toEqual(Object.keys(superLinear).toSorted())
  expect(found).not.toContain('linear.ts')
})
