import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { findLicenceProblems } from './licences.ts'
import { findMissing, findSchemaProblems, readComponents } from './sbom.ts'

const bill = (component: object): string =>
  JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.7', components: [component] })
const library = { type: 'library', group: '@scope', name: 'one', version: '1.0.0' }
const problemsOf = (licenses: readonly object[]): readonly string[] =>
  findLicenceProblems(readComponents(bill({ ...library, licenses })))

// The schema takes seconds to compile.
test.runIf(inject('isLongRun'))('a bill of materials that breaks the schema is refused, with the place', async () => {
  expect(await findSchemaProblems(bill(library))).toEqual([])
  expect(await findSchemaProblems(bill({ ...library, type: 'book' }))).toEqual([
    expect.stringContaining('/components/0/type '),
  ])
  expect(await findSchemaProblems(bill({ ...library, licence: 'MIT' }))).toEqual([
    expect.stringContaining('/components/0 '),
  ])
})

test('a dependency of an app in the image that the bill of materials leaves out is found', async () => {
  const root = path.resolve(import.meta.dirname, '../..')
  expect(await findMissing(root, readComponents(bill(library)))).toEqual(
    expect.arrayContaining(['bullmq, which @ponte/worker needs', '@fastify/cookie, which @ponte/board needs']),
  )
})

test.each([
  ['MIT', [{ license: { id: 'MIT' } }]],
  ['one of two that may be chosen', [{ expression: '(GPL-3.0-only OR MIT)' }]],
])('%s is allowed', (_what, licenses) => {
  expect(problemsOf(licenses)).toEqual([])
})

test.each([
  ['no licence', [], 'has no licence'],
  ['a licence that is passed on', [{ license: { id: 'AGPL-3.0-only' } }], 'AGPL-3.0-only'],
  ['one of two that both hold', [{ expression: '(MIT AND GPL-3.0-only)' }], '(MIT AND GPL-3.0-only)'],
  ['a second licence', [{ license: { id: 'MIT' } }, { license: { id: 'SSPL-1.0' } }], 'SSPL-1.0'],
  ['words', [{ license: { name: 'SEE LICENSE IN LICENSE.md' } }], 'SEE LICENSE IN LICENSE.md'],
])('%s is not allowed', (_what, licenses, problem) => {
  expect(problemsOf(licenses)).toEqual([expect.stringMatching(/^@scope\/one@1\.0\.0/)])
  expect(problemsOf(licenses)[0]).toContain(problem)
})
