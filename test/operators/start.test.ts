import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort, machineEnvironment, repositoryRoot, sandboxTenant, writeTenantsFile } from '@ponte/testbed'
import { expect, test } from 'vitest'

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}

test('npm start runs a Redis of its own, the ingress, a worker and the board, and ends all of them', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-start-'))
  const [redis, ingress, board] = [await freePort(), await freePort(), await freePort()]
  const tokens = { rdStation: 'r'.repeat(32), totvsCrm: 't'.repeat(32) }
  const child = spawn(process.execPath, [path.join(repositoryRoot, 'scripts/run.mjs'), 'start'], {
    env: {
      ...machineEnvironment(),
      HOME: folder,
      REDIS_URL: `redis://:a%2Fpassword@127.0.0.1:${redis}`,
      PONTE_REDIS_FOLDER: path.join(folder, 'redis'),
      PONTE_CONFIG: await writeTenantsFile(folder, { start: sandboxTenant('http://127.0.0.1:9', tokens) }),
      PONTE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
      BOARD_USER: 'ana',
      BOARD_PASSWORD: 'a-long-password',
      INGRESS_PORT: String(ingress),
      BOARD_PORT: String(board),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = once(child, 'exit')
  await expect.poll(() => answers(`http://127.0.0.1:${ingress}/readyz`)).toBe(true)
  await expect.poll(() => answers(`http://127.0.0.1:${board}/login`)).toBe(true)
  await expect.poll(() => output).toContain('worker runs')
  expect(output).not.toContain('a-long-password')

  child.kill('SIGTERM')
  const [code]: unknown[] = await ended
  expect(code).toBe(0)
  for (const port of [ingress, board]) expect(await answers(`http://127.0.0.1:${port}/readyz`)).toBe(false)
  await expect(fetch(`http://127.0.0.1:${redis}`)).rejects.toThrow('fetch failed')
  await rm(folder, { recursive: true })
})
