import { createLogger, openQueues, openStateRedis } from '@ponte/runtime'
import type { acquireLock } from '@ponte/state'
import type { Queue } from 'bullmq'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { pruneAllQueues, startHousekeeping } from './start-housekeeping.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const LOCK = 'ponte:housekeeping:lock'
const DONE = 'ponte:housekeeping:done'

/** Workers of one installation, each with a connection of its own, and a look at how many cleanings are under way at once. */
function openWorkers(count: number, tenants: number) {
  const names = Array.from({ length: tenants }, () => ({ name: `h-${crypto.randomUUID().slice(0, 8)}` }))
  const cleanings = { underWay: 0, most: 0, of: new Map<string, number>() }
  const keep = async (queue: Queue): Promise<void> => {
    cleanings.underWay += 1
    cleanings.most = Math.max(cleanings.most, cleanings.underWay)
    cleanings.of.set(queue.name, (cleanings.of.get(queue.name) ?? 0) + 1)
    await queue.getWaitingCount()
    cleanings.underWay -= 1
  }
  const opened = Array.from({ length: count }, () => {
    const redis = openStateRedis(inject('redisUrl'), log)
    const queues = openQueues(names, redis, log)
    return { redis, queues, options: { queues: queues.all(), redis, log, keep } }
  })
  return {
    cleanings,
    workers: opened.map(({ options }) => options),
    async close(): Promise<void> {
      await opened[0]?.redis.del(LOCK, DONE)
      for (const { queues, redis } of opened) {
        await queues.close()
        redis.disconnect()
      }
    },
  }
}

let installation: ReturnType<typeof openWorkers>
beforeEach(async () => {
  installation = openWorkers(4, 20)
  await installation.workers[0]?.redis.del(LOCK, DONE)
})
afterEach(() => installation.close())

test('of several workers one looks after the queues, one queue after the other, and the next round is not before its time', async () => {
  const { cleanings, workers } = installation
  const kept = await Promise.all(workers.map(worker => pruneAllQueues(worker)))
  expect(kept.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 60])
  expect(cleanings.most).toBe(1)
  expect([...cleanings.of.values()]).toEqual(Array.from({ length: 60 }, () => 1))
  expect(await Promise.all(workers.map(worker => pruneAllQueues(worker)))).toEqual([0, 0, 0, 0])
})

test('a worker that lost the lock stops in the middle of its round, and another one may begin', async () => {
  const [one, other] = installation.workers
  if (one === undefined || other === undefined) throw new Error('there are four workers')
  const kept = await pruneAllQueues({
    ...one,
    keep: async queue => {
      await one.keep(queue)
      if (installation.cleanings.of.size === 5) await expect.poll(() => stealLock(one), { timeout: 10_000 }).toBe(true)
    },
  })
  expect(kept).toBeLessThan(60)
  await one.redis.del(LOCK)
  expect(await pruneAllQueues(other)).toBe(60)
})

/** Somebody else has the lock, and its first holder has noticed. */
async function stealLock({ redis }: { redis: Parameters<typeof acquireLock>[0] }): Promise<boolean> {
  await redis.set(LOCK, 'another worker', 'PX', 60_000)
  await new Promise(resolve => setTimeout(resolve, 1200))
  return (await redis.get(LOCK)) === 'another worker'
}

test('rounds of one worker never overlap, however long one takes, and closing ends the one under way', async () => {
  const [worker] = installation.workers
  if (worker === undefined) throw new Error('there are four workers')
  const rounds = { underWay: 0, most: 0, begun: 0 }
  const slow = async (queue: Queue): Promise<void> => {
    rounds.underWay += 1
    rounds.begun += 1
    rounds.most = Math.max(rounds.most, rounds.underWay)
    await new Promise(resolve => setTimeout(resolve, 20))
    await queue.getWaitingCount()
    rounds.underWay -= 1
  }
  const housekeeping = startHousekeeping({ ...worker, keep: slow, everyMs: 5 })
  await expect.poll(() => rounds.begun, { timeout: 15_000 }).toBeGreaterThan(70)
  await housekeeping.close()
  const { begun } = rounds
  expect(rounds).toMatchObject({ most: 1, underWay: 0 })
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(rounds.begun).toBe(begun)
})
