import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { changedFiles, mayBeWritten, presentFiles } from './changed-files.ts'

/** A repository whose branch `main` has two files, with the branch `mine` checked out. */
function openRepository() {
  const root = mkdtempSync(path.join(os.tmpdir(), 'ponte-changed-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@x.example', ...args])
  const write = (file: string): void => writeFileSync(path.join(root, file), 'changed')
  git('init', '--quiet', '--initial-branch=main')
  for (const file of ['a.ts', 'b.ts']) writeFileSync(path.join(root, file), '')
  git('add', '.')
  git('commit', '--quiet', '--message=first')
  git('switch', '--quiet', '--create', 'mine')
  return { root, git, write }
}

test('what differs from main is found, whether it is committed, staged, neither or new', () => {
  const { root, git, write } = openRepository()
  expect(changedFiles(root)).toEqual([])
  write('a.ts')
  git('commit', '--quiet', '--all', '--message=second')
  write('b.ts')
  write('new file.ts')
  expect(changedFiles(root)?.toSorted()).toEqual(['a.ts', 'b.ts', 'new file.ts'])
})

test('what is new on main only has not changed here', () => {
  const { root, git, write } = openRepository()
  git('switch', '--quiet', 'main')
  write('a.ts')
  git('commit', '--quiet', '--all', '--message=of others')
  git('switch', '--quiet', 'mine')
  expect(changedFiles(root)).toEqual([])
})

test('a removed file has changed, and no tool is given it', () => {
  const { root, git, write } = openRepository()
  git('rm', '--quiet', 'a.ts')
  write('b.ts')
  write('c.md')
  const files = changedFiles(root) ?? expect.unreachable('every file counts')
  expect(files.toSorted()).toEqual(['a.ts', 'b.ts', 'c.md'])
  expect(presentFiles(root, files, /\.ts$/)).toEqual(['b.ts'])
})

test('every file counts without a branch main, and when a setting of the tools changed', () => {
  const { root, git, write } = openRepository()
  write('.oxlintrc.json')
  expect(changedFiles(root)).toBeUndefined()
  git('clean', '--quiet', '--force')
  git('branch', '--quiet', '--delete', '--force', 'main')
  expect(changedFiles(root)).toBeUndefined()
})

test('tests and tools change nothing that the code writes into documents', () => {
  for (const file of ['packages/contracts/src/jobs/events.ts', 'docs/installing.md', 'docs/openapi.json'])
    expect(mayBeWritten(file), file).toBe(true)
  for (const file of ['test/leads/leads.test.ts', 'apps/x/src/a.test.ts', 'tools/storm/main.ts', 'docs/images/a.png'])
    expect(mayBeWritten(file), file).toBe(false)
})
