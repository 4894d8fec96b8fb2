import { setTimeout as sleep } from 'node:timers/promises'
import { startPonte } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { type Sample, takeTurns } from '../measure/figures.ts'
import { cpuOf, memoryOf, readRedisInfo } from '../measure/usage.ts'
import type { Row } from '../row.ts'

const TURNS = 3
/**
 * Not against one: what a process takes once would be counted as theirs, such as the first growth of V8's young generation. That it grows
 * on with the objects that a start makes is still in the memory of a tenant: 0.1 MB of it are objects that live.
 */
const FEW = 50
const MANY = 150
const SECONDS = 20
const QUIET_SECONDS = 5

/** What one more tenant costs a worker that has nothing to do. */
export const idle: Row = {
  name: 'idle',
  title: `an idle worker, for each tenant (${MANY} against ${FEW})`,
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
      const [few, many] = [await measureWith(FEW), await measureWith(MANY)]
      const each = (name: keyof typeof few): number => (many[name] - few[name]) / (MANY - FEW)
      return {
        'writes a second': each('changes'),
        'bytes on the disk a second': each('bytes'),
        'processor time a second': each('cpu'),
        memory: each('memory') / 1_000_000,
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
