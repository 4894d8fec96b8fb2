import { once } from 'node:events'
import { createLogger, openQueues, openStateRedis, type Queues, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'
import { afterEach, beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest'
import { DAY_MS } from '@ponte/contracts'
import { createFailedJobs, keysOf } from '@ponte/operations'
import { createCauseRecords, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { createPruner, pruneAllQueues, startHousekeeping } from './start-housekeeping.ts'
import { testTenant } from '../testing/test-tenant.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const LOCK = 'ponte:housekeeping:lock'
const DONE = 'ponte:housekeeping:done'

/** Workers of one installation, each with its own connection. Counts how many queues are pruned at a time. */
function openWorkers(count: number, tenants: number) {
  const names = Array.from({ length: tenants }, () => ({ name: `h-${crypto.randomUUID().slice(0, 8)}` }))
  const prunings = { running: 0, most: 0, of: new Map<string, number>() }
  const prune = async (queue: Queue): Promise<void> => {
    prunings.running += 1
    prunings.most = Math.max(prunings.most, prunings.running)
    prunings.of.set(queue.name, (prunings.of.get(queue.name) ?? 0) + 1)
    await queue.getWaitingCount()
    prunings.running -= 1
  }
  const opened = Array.from({ length: count }, () => {
    const redis = openStateRedis(inject('redisUrl'), log)
    const queues = openQueues(names, redis, log)
    return { redis, queues, options: { queues: queues.all(), redis, log, prune } }
  })
  return {
    prunings,
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

test('of several workers one prunes the queues, one after the other, and the next round does not start too early', async () => {
  const { prunings, workers } = installation
  const pruned = await Promise.all(workers.map(worker => pruneAllQueues(worker)))
  expect(pruned.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 60])
  expect(prunings.most).toBe(1)
  expect([...prunings.of.values()]).toEqual(Array.from({ length: 60 }, () => 1))
  expect(await Promise.all(workers.map(worker => pruneAllQueues(worker)))).toEqual([0, 0, 0, 0])
})

test('a queue that cannot be pruned keeps no other from it, and the round counts as done', async () => {
  const [one] = installation.workers
  if (one === undefined) throw new Error('there are four workers')
  const [broken] = one.queues
  const prune = async (queue: Queue): Promise<void> => {
    if (queue === broken) throw new Error('its primary is away')
    await one.prune(queue)
  }
  expect(await pruneAllQueues({ ...one, prune })).toBe(59)
  expect(await pruneAllQueues(one)).toBe(0)
})

test('the queues that share a primary that is away are left out of the round after the first of them', async () => {
  const [one] = installation.workers
  if (one === undefined) throw new Error('there are four workers')
  const tried: string[] = []
  const away = new Error('its primary is away')
  const asked = vi.spyOn(one.redis, 'exists').mockImplementation(async key => {
    if (String(key).endsWith(':start')) throw away
    return 0
  })
  onTestFinished(() => asked.mockRestore())
  const prune = async ({ name }: Queue): Promise<void> => {
    tried.push(name)
    throw away
  }
  expect(await pruneAllQueues({ ...one, prune })).toBe(0)
  expect(tried).toHaveLength(1)
})

test('a worker that lost the lock stops in the middle of its round, and another one may begin', async () => {
  const [one, other] = installation.workers
  if (one === undefined || other === undefined) throw new Error('there are four workers')
  const pruned = await pruneAllQueues({
    ...one,
    prune: async (queue, signal) => {
      await one.prune(queue)
      if (installation.prunings.of.size < 5) return
      await one.redis.set(LOCK, 'another worker', 'PX', 60_000)
      await once(signal, 'abort')
    },
  })
  expect(pruned).toBe(5)
  await one.redis.del(LOCK)
  expect(await pruneAllQueues(other)).toBe(60)
})

test('rounds of one worker never overlap, however long one takes, and none starts after it is closed', async () => {
  const [worker, other] = installation.workers
  if (worker === undefined || other === undefined) throw new Error('there are four workers')
  const rounds = { running: 0, most: 0, begun: 0 }
  const prune = async (queue: Queue): Promise<void> => {
    rounds.running += 1
    rounds.begun += 1
    rounds.most = Math.max(rounds.most, rounds.running)
    await queue.getWaitingCount()
    await queue.getFailedCount()
    rounds.running -= 1
  }
  const housekeeping = startHousekeeping({ ...worker, prune, everyMs: 5 })
  await expect.poll(() => rounds.begun).toBeGreaterThan(70)
  await housekeeping.close()
  const { begun } = rounds
  expect(rounds).toMatchObject({ most: 1, running: 0 })

  // Another worker does two rounds at the same interval. The closed one would have started one in that time.
  const next = startHousekeeping({ ...other, everyMs: 5 })
  const counts = (): number[] => [...installation.prunings.of.values()]
  await expect.poll(() => counts().length === 60 && counts().every(count => count > 1)).toBe(true)
  await next.close()
  expect(rounds.begun).toBe(begun)
})

const cause = { queue: 'totvs-crm', code: 'CRM_REJECTED' }
const mute = { by: 'ana', at: 1, count: 1, shapes: [] }

let redis: Redis
let queues: Queues
let tenant: Tenant
beforeEach(() => {
  tenant = testTenant()
  redis = openStateRedis(inject('redisUrl'), log)
  queues = openQueues([tenant], redis, log)
})
afterEach(async () => {
  await queues.close()
  redis.disconnect()
})

/** A job that failed so many days ago. */
async function plant(id: string, reason: string, daysAgo: number): Promise<void> {
  const queue = queues.of(tenant.name)['totvs-crm']
  await redis.hset(queue.toKey(id), { failedReason: reason, name: 'lead.registered' })
  await redis.zadd(queue.toKey('failed'), Date.now() - daysAgo * DAY_MS, id)
}
const prune = () => createPruner(redis)(queues.of(tenant.name)['totvs-crm'])

/** In how many days these end: what was noted about the cause, and the list of causes. */
const ends = async (): Promise<readonly number[]> => {
  const keys = [stateKey(tenant.name, 'cause', 'totvs-crm:CRM_REJECTED'), stateKey(tenant.name, 'causes')]
  return await Promise.all(keys.map(async key => Math.round((await redis.pttl(key)) / DAY_MS)))
}

test('what was noted about a cause ends 30 days after its last failure, looked at or not, and so does its mute', async () => {
  await plant('first', 'CRM_REJECTED: x', 20)
  const records = createCauseRecords(redis, tenant.name)
  await records.change(cause, 'mute', { value: mute, failedAt: Date.now() - 20 * DAY_MS })
  await redis.pexpire(stateKey(tenant.name, 'causes'), 10 * DAY_MS)
  await prune()
  expect(await ends()).toEqual([10, 10])
  await plant('of another cause', 'CRM_CONFLICT: x', 0)
  await prune()
  expect(await ends()).toEqual([10, 10])
  await plant('second', 'CRM_REJECTED: x', 1)
  await prune()
  expect(await ends()).toEqual([29, 30])
  expect([await records.noted(), (await records.read(cause)).mute]).toEqual([[cause], mute])
})

test('what a wrong clock hides between old failures is counted once the queue was pruned', async () => {
  for (let each = 0; each < 300; each += 1) await plant(`each-${each}`, 'CRM_REJECTED: x', 20 - each / 100)
  const count = async () => {
    const counts = await createFailedJobs(redis).count({ kind: 'totvs-crm', queue: keysOf(tenant.name, 'totvs-crm') })
    return Object.fromEntries(counts.map(each => [each.code, each.count]))
  }
  expect(await count()).toEqual({ CRM_REJECTED: 300 })
  await redis.zrem(queues.of(tenant.name)['totvs-crm'].toKey('failed'), 'each-50')
  await plant('late', 'CRM_CONFLICT: x', 19.503)
  expect(await count()).toEqual({ CRM_REJECTED: 300 })
  await prune()
  expect(await count()).toEqual({ CRM_REJECTED: 299, CRM_CONFLICT: 1 })
})
