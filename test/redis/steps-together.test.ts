import { setImmediate } from 'node:timers/promises'
import { createLogger, openStateRedis } from '@ponte/runtime'
import { acquireLock, stateKey } from '@ponte/state'
import { startRedis } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'

const log = createLogger({ level: 'silent', process: 'test' })

test(
  'a step of a job fails in its time, also when it waits behind others that Redis does not answer',
  { tags: ['timed'] },
  async () => {
    const server = await startRedis()
    const [redis, other] = [openStateRedis(server.url, log), new Redis(server.url)]
    onTestFinished(async () => {
      redis.disconnect()
      other.disconnect()
      await server.stop()
    })
    redis.options.commandTimeout = 500
    const take = async (name: string): Promise<number> => {
      await expect(acquireLock(redis, [stateKey('acme', name)], { waitMs: 0 })).rejects.toThrow(
        /did not answer in time|Command timed out/,
      )
      return performance.now() - startedAt
    }
    const first = await acquireLock(redis, [stateKey('acme', 'first')], { waitMs: 0 })
    await first?.release()
    await other.client('PAUSE', 60_000, 'ALL')
    const startedAt = performance.now()
    const under = take('one')
    await setImmediate()
    await setImmediate()
    const [one, behind] = await Promise.all([under, take('two')])
    // By a time-out of its own alone, the one behind would take twice as long.
    expect(behind).toBeLessThan(1.6 * one)
  },
)
