import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { freePort, sandboxTenant, startProcess, writeTenantsFile } from '@ponte/testbed'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const tokens = { rdStation: randomBytes(24).toString('base64url'), totvsCrm: randomBytes(24).toString('base64url') }
const tenant = `t-${randomBytes(4).toString('hex')}`
const newKey = (): string => randomBytes(32).toString('base64')

let folder: string
let config: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'ponte-key-'))
  config = await writeTenantsFile(folder, { [tenant]: sandboxTenant('http://127.0.0.1:9', tokens) })
})
afterAll(() => rm(folder, { recursive: true }))

async function start(app: 'worker' | 'ingress', keys: Record<string, string>) {
  const port = await freePort()
  const env = {
    REDIS_URL: inject('redisUrl'),
    PONTE_CONFIG: config,
    OPS_PORT: String(port),
    INGRESS_PORT: '0',
    ...keys,
  }
  return await startProcess(app, { env, ready: `http://127.0.0.1:${port}/readyz` })
}

test('a worker whose locks would have other names than those of the first takes no job and ends, saying why', async () => {
  const keys = { PONTE_SECRET_KEY: newKey() }
  const first = await start('worker', keys)
  await expect.poll(first.output).toContain('worker runs')

  // It may be ready for a moment before it knows.
  const outcome = await start('worker', { PONTE_SECRET_KEY: newKey() }).then(
    async other => `${JSON.stringify(await other.exited)} ${other.output()}`,
    (error: unknown) => String(error),
  )
  expect(outcome).toMatch(/ended with code 1|"code":1/)
  expect(outcome).toContain(`PONTE_FINGERPRINT_KEY: what Redis holds of ${tenant} was written with another key`)
  expect(outcome).not.toContain('worker runs')

  const same = await start('worker', keys)
  await expect.poll(same.output).toContain('worker runs')
  // The ingress would lose deliveries by standing still, and does no harm.
  const ingress = await start('ingress', { PONTE_FINGERPRINT_KEY: newKey() })
  await expect.poll(ingress.output).toContain('was written with another key')
  expect(await ingress.stop()).toEqual({ code: 0, signal: null })
  await Promise.all([first.stop(), same.stop()])
})
