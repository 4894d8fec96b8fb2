import { copyFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { findAgeProblems, findFrozenProblems, findUnheldPackages } from './lockfile.ts'

const root = path.resolve(import.meta.dirname, '../..')
let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-lockfile-'))
})
afterEach(() => rm(folder, { recursive: true }))

const write = (file: string, text: string): Promise<void> => writeFile(path.join(folder, file), text)
const age = (lines: string): string => `minimumReleaseAge: 10080\nminimumReleaseAgeStrict: true\n${lines}`
const locked = (packages: string): Promise<void> => write('pnpm-lock.yaml', `packages:\n${packages}`)

test('Ponte takes no version before it is a week old, and nothing that does not come from the registry with its sha512', async () => {
  expect(await findAgeProblems(root)).toEqual([])
  expect(await findUnheldPackages(root)).toEqual([])
})

test.each([
  ['no age', 'packages: []', 'minimumReleaseAge must be'],
  ['a day only', age('').replace('10080', '1440'), 'minimumReleaseAge must be'],
  ['exceptions that pnpm makes by itself', age('').replace('true', 'false'), 'minimumReleaseAgeStrict must be'],
  ['an exception for all versions', age('minimumReleaseAgeExclude: [got]'), 'the exception got is not one version'],
  ['an exception for many packages', age("minimumReleaseAgeExclude: ['@scope/*@1.0.0']"), 'is not one version'],
  ['an exception for a range', age('minimumReleaseAgeExclude: [got@^16.1.0]'), 'is not one version'],
  ['an exception that is over', age('minimumReleaseAgeExclude: [got@16.0.0]'), 'a version that is not used'],
])('%s is found', async (_what, workspaceFile, problem) => {
  await locked('  got@16.1.0: { resolution: { integrity: sha512-abc } }')
  await write('pnpm-workspace.yaml', workspaceFile)
  expect((await findAgeProblems(folder)).join('\n')).toContain(problem)
  await write('pnpm-workspace.yaml', age('minimumReleaseAgeExclude: [got@16.1.0]'))
  expect(await findAgeProblems(folder)).toEqual([])
})

test.each([
  ['no hash', '{ tarball: https://codeload.example/got.tgz }'],
  ['a hash that can be forged', '{ integrity: sha1-abc }'],
  ['another place than the registry', '{ integrity: sha512-abc, tarball: https://codeload.example/got.tgz }'],
  ['a repository', '{ type: git, repo: https://git.example/got.git, commit: abc }'],
])('a package with %s is found', async (_what, resolution) => {
  await locked(`  got@16.1.0: { resolution: ${resolution} }`)
  expect(await findUnheldPackages(folder)).toEqual([expect.stringMatching(/^got@16\.1\.0 /)])
})

// pnpm checks the ages again for each other age; it asks the registry for them.
test.runIf(inject('isLongRun')).each([
  ['a manifest has changed', 'package.json', '"knip": "catalog:"', '"knip": "6.44.1"', 'OUTDATED_LOCKFILE'],
  ['a version has changed', 'pnpm-workspace.yaml', 'leven: 4.1.0', 'leven: 4.0.0', 'LOCKFILE_CONFIG_MISMATCH'],
  ['all are too young', 'pnpm-workspace.yaml', 'Age: 10080', 'Age: 10080000', 'MINIMUM_RELEASE_AGE_VIOLATION'],
])('when %s, the lockfile does not pass', { timeout: 180_000 }, async (_what, file, before, after, problem) => {
  for (const kept of ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml'])
    await copyFile(path.join(root, kept), path.join(folder, kept))
  const filter = (source: string): boolean => !/node_modules|\/src$/.test(source)
  for (const folders of ['apps', 'packages', 'test', 'tools'])
    await cp(path.join(root, folders), path.join(folder, folders), { recursive: true, filter })
  expect(await findFrozenProblems(folder)).toEqual([])
  const text = await readFile(path.join(folder, file), 'utf8')
  expect(text).toContain(before)
  await write(file, text.replace(before, after))
  expect((await findFrozenProblems(folder)).join('\n')).toContain(problem)
})
