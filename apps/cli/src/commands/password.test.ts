import { isPassword } from '@ponte/runtime'
import { expect, test } from 'vitest'
import { runInProcess } from '../testing/run-in-process.ts'

test('the hash of a password comes from standard input, and nothing but the hash goes out', async () => {
  const typed = 'uma senha longa'
  const { code, stdout, stderr } = await runInProcess(['password'], { env: {}, stdin: `${typed}\n` })
  expect(code).toBe(0)
  expect(await isPassword(typed, stdout.trim())).toBe(true)
  expect(stdout + stderr).not.toContain(typed)
})

test('a password is taken from no argument, and a short one is refused', async () => {
  const given = await runInProcess(['password', 'uma-senha-longa'], { env: {}, stdin: '' })
  expect(given.code).toBe(2)
  expect(given.stdout + given.stderr).not.toContain('uma-senha-longa')
  const short = await runInProcess(['password'], { env: { LC_ALL: 'pt_BR.UTF-8' }, stdin: 'curta\n' })
  expect([short.code, short.stdout]).toEqual([2, ''])
  expect(short.stderr).toContain('Uma senha tem ao menos 8 caracteres.')
})
