import { DAY_MS } from '@ponte/contracts'
import { createLogger, openQueues, openStateRedis, type Queues, type Tenant } from '@ponte/runtime'
import { createFailedJobs, keysOf } from '@ponte/operations'
import { createCauseRecords, stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { createPruner } from './start-housekeeping.ts'

const log = createLogger({ level: 'silent', process: 'test' })
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
