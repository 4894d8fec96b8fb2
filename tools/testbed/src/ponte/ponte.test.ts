import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { startPonte } from './ponte.ts'
import { startSandbox } from '../sandbox/sandbox.ts'

async function startSystem(options: { workers: number }) {
  const sandbox = await startSandbox()
  onTestFinished(async () => {
    await sandbox.stop()
  })
  const ponte = await startPonte({ redisUrl: inject('redisUrl'), sandboxUrl: sandbox.url, ...options })
  onTestFinished(() => ponte.stop())
  return { sandbox, ponte }
}

const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
  (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' })).status

test.runIf(inject('isLongRun'))(
  'an ingress and the workers asked for are ready, and each tenant is let in with its own tokens',
  async () => {
    const { ponte } = await startSystem({ workers: 2 })
    const { rdStationUrl, totvsCrmUrl, tokens } = ponte.tenant

    for (const { opsUrl } of ponte.workers) expect((await fetch(`${opsUrl}/readyz`)).status).toBe(200)
    expect(ponte.workers).toHaveLength(2)
    expect(await statusOf(rdStationUrl, { apiToken: tokens.rdStation })).toBe(202)
    expect(await statusOf(totvsCrmUrl, { apiToken: tokens.totvsCrm })).toBe(202)
    expect(await statusOf(rdStationUrl, { apiToken: tokens.totvsCrm })).toBe(401)
  },
)

test.runIf(inject('isLongRun'))('an ingress that was killed is started again at the same address', async () => {
  const { ponte } = await startSystem({ workers: 0 })
  const { rdStationUrl, tokens } = ponte.tenant
  const first = ponte.ingress

  await first.kill()
  await expect(fetch(rdStationUrl)).rejects.toThrow('fetch failed')
  await ponte.startIngress()

  expect(ponte.ingress.pid).not.toBe(first.pid)
  expect(await statusOf(rdStationUrl, { apiToken: tokens.rdStation })).toBe(202)
})

test.runIf(inject('isLongRun'))(
  'a set-up of which one part does not start says why, and leaves nothing behind',
  async () => {
    const temporary = await mkdtemp(path.join(os.tmpdir(), 'ponte-test-'))
    onTestFinished(() => rm(temporary, { recursive: true }))
    vi.stubEnv('TMPDIR', temporary)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const started = startPonte({
      redisUrl: inject('redisUrl'),
      sandboxUrl: 'http://127.0.0.1:1',
      env: { WORKER_CONCURRENCY: 'many' },
    })

    await expect(started).rejects.toThrow(/worker.*did not start[^]*WORKER_CONCURRENCY/)
    expect(await readdir(temporary)).toEqual([])
  },
)
