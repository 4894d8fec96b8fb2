import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

const MAX_LINES = 400
const MAX_FILES = 20

/** What people wrote and Git tracks. `npm run fix`, a test or pnpm writes the others. */
const generated = ['pnpm-lock.yaml', 'docs/configuration.md', 'docs/ponte.config.schema.json']
const files = trackedFiles().filter(file => !generated.includes(file))

/** Of a table one row is read at once. */
const tables = ['packages/contracts/src/failures/crm-failures.ts']

/** Documents may be long: their sections are what is read at once. */
const isCode = (file: string): boolean =>
  !tables.includes(file) && ['.ts', '.mjs', '.lua', '.css', '.js', '.sh'].includes(path.extname(file))

test('no file of the code is too long to be read at once', () => {
  const code = files.filter(isCode)
  expect(code.length).toBeGreaterThan(500)
  const tooLong = code.flatMap(file => {
    const lines = linesOf(file)
    return lines > MAX_LINES ? [`${file}: ${lines} lines`] : []
  })
  expect(tooLong).toEqual([])
})

test('a folder with more files than can be taken in at a glance has subfolders', () => {
  const folders = Map.groupBy(files, file => path.posix.dirname(file))
  const hasSubfolders = (folder: string): boolean =>
    [...folders.keys()].some(other => other !== folder && (folder === '.' || other.startsWith(`${folder}/`)))
  const tooFull = [...folders].flatMap(([folder, { length }]) =>
    length > MAX_FILES && !hasSubfolders(folder) ? [`${folder}: ${length} files`] : [],
  )
  expect(tooFull).toEqual([])
})

function trackedFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: repositoryRoot, encoding: 'utf8' })
  return list.split('\0').filter(Boolean)
}

const linesOf = (file: string): number => readFileSync(path.join(repositoryRoot, file), 'utf8').split('\n').length - 1
