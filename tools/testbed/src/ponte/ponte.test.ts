import { mkdtemp, readdir, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { startPonte } from './ponte.ts'

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
