import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'

/** A checkout with a lockfile and an `npm` that only says that it was called. */
let root: string

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'ponte-install-test-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await writeFile(path.join(root, 'package.json'), '{ "packageManager": "pnpm@1.2.3" }')
  await writeFile(path.join(root, 'pnpm-lock.yaml'), 'one')
  await mkdir(path.join(root, 'bin'))
  await mkdir(path.join(root, 'tmp'))
  await useNpm('echo "$@" >> npm.log; sleep 0.3; mkdir -p node_modules')
})

const useNpm = (script: string): Promise<void> =>
  writeFile(path.join(root, 'bin', 'npm'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })

const calls = async (): Promise<string[]> => (await readFile(path.join(root, 'npm.log'), 'utf8')).trim().split('\n')

async function install(): Promise<{ code: unknown; output: string }> {
  const script = `
    const { install } = await import(${JSON.stringify(path.join(import.meta.dirname, 'install.mjs'))})
    await install(${JSON.stringify(root)}).catch(error => { console.error(error.message); process.exit(1) })
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: `${path.join(root, 'bin')}:${process.env.PATH}`, TMPDIR: path.join(root, 'tmp') },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code]: unknown[] = await once(child, 'close')
  return { code, output }
}

test('what the lockfile names is installed once, and again when the lockfile has changed', async () => {
  expect(await install()).toMatchObject({ code: 0, output: expect.stringContaining('Installing') })
  expect(await install()).toEqual({ code: 0, output: '' })
  expect(await calls()).toHaveLength(1)

  await writeFile(path.join(root, 'pnpm-lock.yaml'), 'two')
  await install()

  expect(await calls()).toHaveLength(2)
})

const elsewhere = `node-${process.platform}-${process.arch}@24.0.0`

test.each([
  { what: 'the lockfile for this system', installed: 'one', skipped: ['node-plan9-mips@24.0.0'], again: false },
  { what: 'another lockfile', installed: 'none', skipped: [], again: true },
  { what: 'the lockfile for another system', installed: 'one', skipped: [elsewhere], again: true },
])('after pnpm installed $what by hand: installed again is $again', async ({ installed, skipped, again }) => {
  await mkdir(path.join(root, 'node_modules', '.pnpm'), { recursive: true })
  await writeFile(path.join(root, 'node_modules', '.pnpm', 'lock.yaml'), installed)
  await writeFile(path.join(root, 'node_modules', '.modules.yaml'), JSON.stringify({ skipped }))

  const { code, output } = await install()

  expect({ code, again: output.includes('Installing') }).toEqual({ code: 0, again })
})

test('commands started at the same moment install once, and all of them wait for it', async () => {
  const results = await Promise.all([install(), install(), install()])

  expect(results.map(({ code }) => code)).toEqual([0, 0, 0])
  expect(await calls()).toEqual([expect.stringContaining('pnpm@1.2.3 install --frozen-lockfile')])
})

test('an install that was killed does not keep the next one from installing', async () => {
  await useNpm('kill -s KILL $PPID')
  expect((await install()).code).toBeNull()
  await useNpm('echo "$@" >> npm.log; mkdir -p node_modules')
  const [lock = 'none'] = await readdir(path.join(root, 'tmp'))
  await utimes(path.join(root, 'tmp', lock), new Date(0), new Date(0))

  const results = await Promise.all([install(), install()])

  expect(results.map(({ code }) => code)).toEqual([0, 0])
  expect(await calls()).toHaveLength(1)
})

test('an install that fails shows what pnpm said, and is tried again by the next command', async () => {
  await useNpm('echo "ERR_PNPM_SOMETHING"; exit 1')
  expect(await install()).toMatchObject({ code: 1, output: expect.stringContaining('ERR_PNPM_SOMETHING') })

  await useNpm('echo "$@" >> npm.log; mkdir -p node_modules')
  expect((await install()).code).toBe(0)
})
