import { randomBytes } from 'node:crypto'
import {
  createLiveTenants,
  createLogger,
  FAILED_KEEP_S,
  noTracer,
  openQueues,
  openRedis,
  queuePrefix,
  redisAt,
  type Tenant,
} from '@ponte/runtime'
import { createFingerprint, createSecretBox, noReplicas, stateKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { openWorkers, type WorkersDeps } from './workers.ts'

const log = createLogger({ level: 'silent', process: 'test' })

/** A worker process that serves some of the tenants, in a database of its own: housekeeping belongs to no tenant. */
function openProcess(served: readonly Tenant[], all: readonly Tenant[], own: Partial<WorkersDeps> = {}) {
  const connections = openRedis(redisAt(`${inject('redisUrl')}/8`), log)
  const stateRedis = connections.state()
  const tenants = createLiveTenants(served)
  const workers = openWorkers({
    ...{ tenants, allTenants: createLiveTenants(all), stateRedis, replicas: noReplicas },
    ...{ workerRedis: connections.worker(), maintenanceRedis: connections.state(), openWaiting: connections.waiting },
    ...{ timeZone: 'UTC', concurrency: 1, maxJobs: 10, metrics: createWorkerMetrics(), tracer: noTracer, log },
    box: createSecretBox(randomBytes(32)),
    fingerprint: createFingerprint(randomBytes(32)),
    pruneEveryMs: 50,
    ...own,
  })
  const queues = openQueues(all, stateRedis, log)
  onTestFinished(async () => {
    await workers.close()
    for (const queue of queues.all()) await queue.obliterate({ force: true })
    await queues.close()
    connections.close()
  })
  return { workers, tenants, queues, redis: stateRedis }
}

test('old jobs of every tenant are removed, also of those that this worker does not serve', async () => {
  const [own, other] = [testTenant(), testTenant()]
  const { workers, queues, redis } = openProcess([own], [own, other])
  for (const { name } of [own, other]) {
    const queue = queues.of(name)['totvs-crm']
    const key = `${queuePrefix(name)}:${queue.name}:`
    const longAgo = Date.now() - (FAILED_KEEP_S + 60) * 1000
    await redis.hset(`${key}old`, { name: 'any', data: '{}', opts: '{}', timestamp: longAgo, finishedOn: longAgo })
    await redis.zadd(`${key}failed`, longAgo, 'old')
  }
  await workers.run()
  const kept = async () =>
    Promise.all([own, other].map(({ name }) => queues.of(name)['totvs-crm'].getJobCountByTypes('failed')))
  await expect.poll(kept).toEqual([0, 0])
})

test('while Redis answers for some tenants only, those are served, and the others as soon as it does', async () => {
  const [away, other] = [testTenant(), testTenant()]
  const { workers, queues, redis } = openProcess([away, other], [away, other])
  const failed = (tenant: Tenant) => queues.of(tenant.name)['totvs-crm'].getFailedCount()
  for (const { name } of [away, other])
    await queues.of(name)['totvs-crm'].add('unreadable', {}, { jobId: 'unreadable' })
  // Redis answers every look at this key with an error.
  const key = stateKey(away.name, 'fingerprint-key')
  await redis.hset(key, 'no', 'text')
  const { rest } = await workers.run()
  await expect.poll(() => failed(other)).toBe(1)
  expect([await failed(away), workers.isStarted()]).toEqual([0, true])
  await redis.del(key)
  await rest
  await expect.poll(() => failed(away)).toBe(1)
})

test('a worker has not started before Redis answers for one of its tenants, and then takes up their work by itself', async () => {
  const tenant = testTenant()
  const { workers, redis } = openProcess([tenant], [tenant])
  expect(workers.isStarted()).toBe(false)
  const key = stateKey(tenant.name, 'fingerprint-key')
  await redis.hset(key, 'no', 'text')
  const { rest } = await workers.run()
  expect(workers.isStarted()).toBe(false)
  await redis.del(key)
  await rest
  expect(workers.isStarted()).toBe(true)
})

test('a tenant that comes is served and one that goes is not, and the process says which', async () => {
  const [first, second] = [testTenant(), testTenant()]
  const { workers, tenants } = openProcess([first], [first, second])
  await workers.run()
  const names = () => workers.served().map(({ connection }) => connection.tenant.name)
  tenants.replace([first, second])
  expect(names()).toEqual([first.name, second.name])
  tenants.replace([second])
  expect(names()).toEqual([second.name])
  expect(await workers.testConnection(first.name, 'totvs-crm', AbortSignal.timeout(1000))).toBeUndefined()
})

test('a tenant for which Redis says nothing keeps up a start or a changed file for no more than 2 seconds', async () => {
  const [known, silent] = [testTenant(), testTenant()]
  // Nobody is there, and its commands wait without an end.
  const stateRedis = new Redis({ host: '127.0.0.1', port: 9, maxRetriesPerRequest: null })
  stateRedis.on('error', () => undefined)
  onTestFinished(() => stateRedis.disconnect())
  const { workers } = openProcess([known], [known], { stateRedis })
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  let others: readonly string[] | undefined
  void workers.findOtherKeys([silent]).then(names => (others = names))
  await vi.advanceTimersByTimeAsync(1999)
  expect(others).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(others).toEqual([])
})
