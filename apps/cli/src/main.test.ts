import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { sandboxTenant, writeTenantsFile } from '@ponte/testbed'
import { expect, inject, test } from 'vitest'

const main = path.join(import.meta.dirname, 'main.ts')

test('a reader that closes the pipe early, as `head` does, is no error', async () => {
  const child = spawn(process.execPath, [main, '--help'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.destroy()
  const [code]: unknown[] = await once(child, 'close')
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('a code that was pasted into a terminal is enough: the command ends although the terminal stays open', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-main-'))
  const tokens = { rdStation: 'r'.repeat(32), totvsCrm: 't'.repeat(32) }
  const tenants = { [`t-${crypto.randomUUID().slice(0, 8)}`]: sandboxTenant('http://127.0.0.1:9', tokens) }
  const child = spawn(process.execPath, [main, 'connect', '--code', '-'], {
    env: {
      REDIS_URL: inject('redisUrl'),
      PONTE_CONFIG: await writeTenantsFile(folder, tenants),
      PONTE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
    },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  child.stdin.write('a-code\n')
  // RD Station does not answer.
  const [code]: unknown[] = await once(child, 'exit')
  expect(code).toBe(3)
  await rm(folder, { recursive: true })
})
