import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { repositoryRoot, sandboxTenant, writeTenantsFile } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { firstOf } from '../support/long-run.ts'

/** Somebody else's server. */
const server = net.createServer()
let port: string
let folder: string
let config: string

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = String(address !== null && typeof address === 'object' ? address.port : 0)
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-port-'))
  const tokens = { rdStation: 'r'.repeat(32), totvsCrm: 't'.repeat(32) }
  config = await writeTenantsFile(folder, {
    [`t-${crypto.randomUUID().slice(0, 8)}`]: sandboxTenant('http://127.0.0.1:9', tokens),
  })
})
afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

const apps = [
  { app: 'ingress', setting: 'INGRESS_PORT' },
  { app: 'board', setting: 'BOARD_PORT' },
  { app: 'worker', setting: 'OPS_PORT' },
]

test.each(firstOf(1, apps))(
  '$app says in one line that its address is in use, and ends with 1',
  async ({ app, setting }) => {
    const child = spawn(process.execPath, [path.join(repositoryRoot, 'apps', app, 'src', 'main.ts')], {
      env: {
        PATH: process.env.PATH,
        REDIS_URL: inject('redisUrl'),
        PONTE_CONFIG: config,
        PONTE_SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
        BOARD_USER: 'ana',
        BOARD_PASSWORD: 'a-password-for-a-test',
        [setting]: port,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
    const code = await new Promise<number | null>(resolve => child.on('close', resolve))
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `127.0.0.1:${port} is in use. Stop the process that listens there, or set another INGRESS_PORT, BOARD_PORT or OPS_PORT.\n`,
    })
  },
)
