import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { cpuOf, memoryOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'

const TURNS = 3
const TENANTS = 50
const SECONDS = 20
const QUIET_SECONDS = 5

/** What one more tenant costs a worker that has nothing to do: measured with few tenants and with many. */
export const idle: Row = {
  name: 'idle',
  title: `an idle worker, for each tenant (${TENANTS + 1} against 1)`,
  async measure(redisUrl) {
    const redis = new Redis(redisUrl)
    const measureWith = async (count: number) => {
      const names = Array.from({ length: count }, () => `idle-${crypto.randomUUID().slice(0, 8)}`)
      const ponte = await startPonte({
        redisUrl,
        sandboxUrl: 'http://127.0.0.1:9',
        tenants: Object.fromEntries(names.map(name => [name, {}])),
      })
      try {
        const pid = ponte.workers[0]?.pid ?? 0
        await sleep(QUIET_SECONDS * 1000)
        const [before, cpu] = [await readRedisInfo(redis), await cpuOf(pid)]
        await sleep(SECONDS * 1000)
        const after = await readRedisInfo(redis)
        return {
          changes: (after.changes - before.changes) / SECONDS,
          bytes: (after.fileBytes - before.fileBytes) / SECONDS,
          cpu: ((await cpuOf(pid)) - cpu) / SECONDS,
          memory: await memoryOf(pid),
        }
      } finally {
        await ponte.stop()
      }
    }
    async function turn(): Promise<Sample> {
      const [one, many] = [await measureWith(1), await measureWith(TENANTS + 1)]
      return {
        'writes a second': (many.changes - one.changes) / TENANTS,
        'bytes on the disk a second': (many.bytes - one.bytes) / TENANTS,
        'processor time a second': (many.cpu - one.cpu) / TENANTS,
        memory: (many.memory - one.memory) / TENANTS / 1_000_000,
      }
    }
    try {
      const units = {
        'writes a second': '/s',
        'bytes on the disk a second': 'B/s',
        'processor time a second': 'ms/s',
        memory: 'MB',
      }
      return await takeTurns(TURNS, { ponte: turn }, units)
    } finally {
      redis.disconnect()
    }
  },
}
