import { createLogger, openQueues, openStateRedis, openWorkerRedis, queueName, queuePrefix } from '@ponte/runtime'
import { type Processor, Worker } from 'bullmq'
import { afterEach, expect, inject, test } from 'vitest'
import { testTenant } from '../testing/test-tenant.ts'
import { openQueueBackends } from './queue-backends.ts'
import { createWatch } from './watch-queues.ts'
import { createSleepingBackend, type SleepingBackend } from './worker-backends.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const opened: (() => unknown)[] = []
afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

/** One tenant, watched by one worker process. */
function openWatched(wakeQuarantine: () => void = () => undefined, others: readonly string[] = []) {
  const { name } = testTenant()
  const redis = openStateRedis(inject('redisUrl'), log)
  const workerRedis = openWorkerRedis(inject('redisUrl'), log)
  const all = openQueues([{ name }], redis, log)
  const watch = createWatch({
    tenants: [...others, name],
    redis,
    backends: openQueueBackends(redis, log),
    log,
    wakeQuarantine,
  })
  opened.push(
    () => workerRedis.disconnect(),
    () => redis.disconnect(),
    async () => {
      for (const queue of all.all()) await queue.obliterate({ force: true })
      await all.close()
    },
    () => watch.stop(),
  )
  return { name, redis, workerRedis, queues: all.of(name), watch }
}

/** A worker of the quarantine that has no connection of its own. */
function openSleeper({ name, workerRedis }: { name: string; workerRedis: ReturnType<typeof openWorkerRedis> }) {
  const taken: (string | undefined)[] = []
  const processor: Processor = async job => taken.push(job.id)
  const prefix = queuePrefix(name)
  const worker = new Worker<unknown, unknown, string, SleepingBackend>(
    queueName(name, 'quarantine'),
    processor,
    { connection: workerRedis, prefix, autorun: false, skipStalledCheck: true, drainDelay: 3600 },
    createSleepingBackend(workerRedis, prefix),
  )
  return { worker, taken }
}

test.each(['totvs-crm', 'rd-station', 'quarantine'] as const)(
  'a job of %s whose worker is gone waits again within 5 s after its lock ended',
  async kind => {
    const { name, workerRedis, queues, watch } = openWatched()
    const worker = new Worker(queueName(name, kind), undefined, {
      connection: workerRedis,
      prefix: queuePrefix(name),
      autorun: false,
      lockDuration: 200,
    })
    opened.push(() => worker.close(true))
    const { id } = await queues[kind].add('lead.registered', {}, { jobId: crypto.randomUUID() })
    expect((await worker.getNextJob('token', { block: false }))?.id).toBe(id)
    expect(await queues[kind].getActiveCount()).toBe(1)
    watch.run()
    await expect.poll(() => queues[kind].getWaitingCount(), { timeout: 5200 }).toBe(1)
    expect(await queues[kind].getActiveCount()).toBe(0)
  },
)

test('a tenant whose keys are damaged keeps no other tenant from being watched', async () => {
  const damaged = testTenant().name
  const { redis, queues, watch } = openWatched(() => undefined, [damaged])
  const [wait, active] = ['wait', 'active'].map(
    type => `${queuePrefix(damaged)}:${queueName(damaged, 'totvs-crm')}:${type}`,
  )
  await redis.mset(wait ?? '', 'damaged', active ?? '', 'damaged')
  opened.push(() => redis.del(wait ?? '', active ?? ''))
  watch.run()
  await queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name), { timeout: 3000 }).toBe(true)
})

test('a job that runs and keeps its lock stays where it is', async () => {
  const { name, workerRedis, queues, watch } = openWatched()
  const worker = new Worker(queueName(name, 'rd-station'), undefined, {
    connection: workerRedis,
    prefix: queuePrefix(name),
    autorun: false,
  })
  opened.push(() => worker.close(true))
  await queues['rd-station'].add('opportunity.won', {}, { jobId: crypto.randomUUID() })
  await worker.getNextJob('token', { block: false })
  watch.run()
  await new Promise(resolve => setTimeout(resolve, 4000))
  expect(await queues['rd-station'].getActiveCount()).toBe(1)
})

test('it is known in which queues jobs wait', async () => {
  const { queues, watch } = openWatched()
  watch.run()
  expect(watch.hasWaiting(queues['totvs-crm'].name)).toBe(false)
  const job = await queues['totvs-crm'].add('lead.registered', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name), { timeout: 3000 }).toBe(true)
  expect(watch.hasWaiting(queues['rd-station'].name)).toBe(false)
  await job.remove()
  await expect.poll(() => watch.hasWaiting(queues['totvs-crm'].name), { timeout: 3000 }).toBe(false)
})

test('a delivery that comes into a quiet quarantine is taken within 2 s, also one that was delayed', async () => {
  let wake = (): void => undefined
  const watched = openWatched(() => wake())
  const { worker, taken } = openSleeper(watched)
  opened.push(() => worker.close())
  wake = () => worker.getBackend().wake()
  void worker.run()
  watched.watch.run()
  // It has looked once, and sleeps.
  await new Promise(resolve => setTimeout(resolve, 200))
  const now = await watched.queues.quarantine.add('delivery', {}, { jobId: crypto.randomUUID() })
  await expect.poll(() => taken, { timeout: 2000 }).toEqual([now.id])
  const later = await watched.queues.quarantine.add('delivery', {}, { jobId: crypto.randomUUID(), delay: 500 })
  await expect.poll(() => taken, { timeout: 2500 }).toEqual([now.id, later.id])
})

test('the worker of a quarantine that sleeps closes at once', async () => {
  const { worker } = openSleeper(openWatched())
  void worker.run()
  await new Promise(resolve => setTimeout(resolve, 200))
  const since = performance.now()
  await worker.close()
  expect(performance.now() - since).toBeLessThan(1000)
})
