import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { jobs, systems } from '@ponte/contracts'
import { repositoryRoot } from '@ponte/testbed'
import { expect, test } from 'vitest'

const name = `['"\`](?:${[...systems, ...Object.keys(jobs)].join('|').replaceAll('.', String.raw`\.`)})['"\`]`
const compared = new RegExp(String.raw`(?:[=!]==?\s*|\bcase\s+|\b(?:includes|startsWith)\()${name}|${name}\s*[=!]==?`)

/** Where a name is meant and no fact of its row, each with the reason. */
const meant: Readonly<Record<string, string>> = {
  'packages/operations/src/connect/obtain-tokens.ts': 'connects an account of RD Station',
  'apps/worker/src/mark/plan/plan-run.ts': 'a created opportunity is behind its event while it has no outcome',
  'apps/worker/src/processors/opportunity-changed.ts': 'only a new opportunity may not be there yet',
  'apps/cli/src/rehearse/steps/status-rd.ts': 'waits for the event that its own edit causes',
}
/** The tables themselves. */
const tables = ['packages/contracts/src/jobs/events.ts']

const findIn = (text: string): string[] => text.split('\n').filter(line => compared.test(line))

test('code reads the row of a system or a job, and compares no names', () => {
  const sources = globSync('{apps,packages}/*/src/**/*.ts', { cwd: repositoryRoot }).filter(
    file => !/\.test\.ts$|\/testing\/|^apps\/sandbox\/|^packages\/testbed\//.test(file) && !tables.includes(file),
  )
  expect(sources.length).toBeGreaterThan(300)
  const found = new Map(
    sources.flatMap(file => {
      const lines = findIn(readFileSync(path.join(repositoryRoot, file), 'utf8'))
      return lines.length === 0 ? [] : [[file, lines] as const]
    }),
  )
  expect([...found].filter(([file]) => meant[file] === undefined)).toEqual([])
  // One line each, and no reason that nothing needs any more.
  expect(Object.keys(meant).map(file => [file, found.get(file)?.length])).toEqual(
    Object.keys(meant).map(file => [file, 1]),
  )
})

test('a script of Redis is told the rows, and holds no name of a system or a job', () => {
  const scripts = globSync('{apps,packages}/*/src/**/*.lua', { cwd: repositoryRoot })
  expect(scripts.length).toBeGreaterThan(20)
  const named = scripts.filter(file => new RegExp(name).test(readFileSync(path.join(repositoryRoot, file), 'utf8')))
  expect(named).toEqual([])
})

test.each([
  "if (system === 'rd-station') return",
  "case 'totvs-crm':",
  "'status-rd.changed' !== job.name",
  "names.includes('lead.registered')",
])('a comparison is seen: %s', line => {
  expect(findIn(line)).toEqual([line])
})
