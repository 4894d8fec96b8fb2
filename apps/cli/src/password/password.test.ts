import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { findByToken, isPassword } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { runInProcess } from '../testing/run-in-process.ts'

test('the hash of a password comes from standard input, and nothing but the hash goes out', async () => {
  const typed = 'uma senha longa'
  const { code, stdout, stderr } = await runInProcess(['password'], { env: {}, stdin: `${typed}\n` })
  expect(code).toBe(0)
  expect(await isPassword(typed, stdout.trim())).toBe(true)
  // Without a terminal nobody is asked.
  expect(stderr).toBe('')
  expect(stdout).not.toContain(typed)
})

/** Of util-linux: runs a command in a terminal of its own. */
const script = '/usr/bin/script'

test.runIf(process.platform === 'linux' && existsSync(script))(
  'at a terminal the password is asked for and shown nowhere while it is typed',
  async () => {
    const main = path.join(import.meta.dirname, '..', 'main.ts')
    const command = `'${process.execPath}' '${main}' password`
    const child = spawn(script, ['--quiet', '--return', '--command', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], LC_ALL: 'en_US.UTF-8', TERM: 'dumb' },
    })
    const end = once(child, 'close')
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text))
    await expect.poll(() => shown).toContain('Password:')
    // A typing error, and its correction.
    for (const keys of ['uma senha', ' lonja', '\u007f\u007f', 'ga', '\r']) child.stdin.write(keys)
    const [code]: unknown[] = await end
    expect(code).toBe(0)
    const [asked, hash = '', ...more] = shown.trim().split(/\r?\n/)
    expect([asked, more]).toEqual(['Password:', []])
    expect(await isPassword('uma senha longa', hash)).toBe(true)
  },
)

test('--token makes a token that its hash, and no other, recognises', async () => {
  const [one, other] = [
    await runInProcess(['password', '--token', '--json'], { env: {} }),
    await runInProcess(['password', '--token', '--json'], { env: {} }),
  ]
  const { token, hash } = one.data()
  expect(findByToken([{ hash }], token)).toEqual({ hash })
  expect(findByToken([{ hash }], other.data().token)).toBeUndefined()
  const { code, stdout } = await runInProcess(['password', '--token'], { env: { LC_ALL: 'pt_BR.UTF-8' } })
  expect([code, stdout]).toEqual([0, expect.stringMatching(/token.*: ponte_[\w-]{43}\n.*: '\$sha256\$[\w+/]{43}'\n$/)])
})

test('a password is taken from no argument, and a short one is refused', async () => {
  const given = await runInProcess(['password', 'uma-senha-longa'], { env: {}, stdin: '' })
  expect(given.code).toBe(2)
  expect(given.stdout + given.stderr).not.toContain('uma-senha-longa')
  const short = await runInProcess(['password'], { env: { LC_ALL: 'pt_BR.UTF-8' }, stdin: 'curta\n' })
  expect([short.code, short.stdout]).toEqual([2, ''])
  expect(short.stderr).toContain('Uma senha precisa de ao menos 8 caracteres.')
})
