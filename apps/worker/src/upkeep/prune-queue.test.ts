import { HOUR_MS } from '@ponte/contracts'
import {
  COMPLETED_KEEP_S,
  createLogger,
  enqueueEvent,
  FAILED_KEEP_S,
  openQueues,
  openWorkerRedis,
  quarantineDelivery,
  queuePrefix,
} from '@ponte/runtime'
import { type Job, UnrecoverableError, Worker } from 'bullmq'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { createPruner, HOUSEKEEPING, pruneQueue } from './start-housekeeping.ts'
import { testTenant } from '../testing/test-tenant.ts'

const log = createLogger({ level: 'silent', process: 'test' })

/** A queue with a worker that does nothing, and ways to make its jobs old. */
function openQueue() {
  const tenant = testTenant()
  const redis = openWorkerRedis(inject('redisUrl'), log)
  const queues = openQueues([tenant], redis, log)
  const own = queues.of(tenant.name)
  const queue = own['totvs-crm']
  const options = { connection: redis, prefix: queuePrefix(tenant.name) }
  const runJob = async (job: Job): Promise<void> => {
    await job.log('a line')
    if (job.data.lead?.name === 'fails') throw new UnrecoverableError('it fails')
  }
  const worker = new Worker(queue.name, runJob, options)
  const keyOf = (part: string): string => `${queuePrefix(tenant.name)}:${queue.name}:${part}`

  const opened = {
    queue,
    enqueue: (key: string, leadName = 'works') =>
      enqueueEvent(
        own,
        tenant,
        { name: 'lead.registered', key, lead: { name: leadName } },
        { receivedAt: new Date().toISOString() },
      ),
    untilIdle: () => expect.poll(() => queue.getJobCountByTypes('waiting', 'active', 'delayed')).toBe(0),
    /** Makes the jobs that the set holds now look as if they had ended so much earlier, except those in `except`. */
    async age(set: 'completed' | 'failed', ms: number, except: readonly string[] = []): Promise<void> {
      for (const job of await queue.getJobs([set])) {
        if (except.includes(job.id ?? '')) continue
        const finishedOn = (job.finishedOn ?? 0) - ms
        await redis.hset(keyOf(job.id ?? ''), 'finishedOn', finishedOn)
        await redis.zadd(keyOf(set), finishedOn, job.id ?? '')
      }
    },
    leadJobs: async (set: 'completed' | 'failed'): Promise<string[]> =>
      (await queue.getJobs([set])).filter(job => job.name !== HOUSEKEEPING).map(job => job.id ?? ''),
    jobKeys: async (): Promise<string[]> => (await redis.keys(keyOf('lead-*'))).toSorted(),
    async close(): Promise<void> {
      await worker.close()
      await queues.close()
      redis.disconnect()
    },
  }
  return opened
}

let opened: ReturnType<typeof openQueue>
beforeEach(() => {
  opened = openQueue()
})
afterEach(() => opened.close())

test('in a quiet queue jobs that completed more than a day ago disappear, and their repeats are still recognised', async () => {
  await opened.enqueue('old')
  await opened.untilIdle()
  await opened.age('completed', COMPLETED_KEEP_S * 1000 + HOUR_MS)
  await pruneQueue(opened.queue)
  await expect.poll(() => opened.jobKeys()).toEqual([])
  expect(await opened.enqueue('old')).toMatchObject({ outcome: 'duplicate' })
})

test('jobs that completed less than a day ago stay', async () => {
  await opened.enqueue('young')
  await opened.untilIdle()
  await opened.age('completed', COMPLETED_KEEP_S * 1000 - HOUR_MS)
  await pruneQueue(opened.queue)
  await opened.untilIdle()
  expect(await opened.leadJobs('completed')).toHaveLength(1)
})

test('jobs that completed between two prunings disappear too', async () => {
  await opened.enqueue('first')
  await opened.untilIdle()
  await opened.age('completed', COMPLETED_KEEP_S * 1000 + HOUR_MS)
  await pruneQueue(opened.queue)
  await expect.poll(() => opened.jobKeys()).toEqual([])
  // Half a day later the job that pruned is still there. Then nothing happens for two days.
  await opened.age('completed', (COMPLETED_KEEP_S * 1000) / 2)
  await opened.enqueue('second')
  await opened.untilIdle()
  await opened.age('completed', 2 * COMPLETED_KEEP_S * 1000)
  await pruneQueue(opened.queue, { now: Date.now() + HOUR_MS })
  await expect.poll(() => opened.jobKeys()).toEqual([])
})

test('jobs that failed more than 30 days ago disappear with their logs, newer ones stay', async () => {
  await opened.enqueue('kept', 'fails')
  await opened.untilIdle()
  const kept = await opened.leadJobs('failed')
  await opened.enqueue('forgotten', 'fails')
  await opened.untilIdle()
  await opened.age('failed', FAILED_KEEP_S * 1000 + HOUR_MS, kept)
  await opened.age(
    'failed',
    FAILED_KEEP_S * 1000 - HOUR_MS,
    (await opened.leadJobs('failed')).filter(id => !kept.includes(id)),
  )
  expect(await opened.jobKeys()).toHaveLength(4)
  await pruneQueue(opened.queue)
  expect(await opened.leadJobs('failed')).toEqual(kept)
  expect(await opened.jobKeys()).toHaveLength(2)
})

test('pruning leaves nothing behind in a queue without old jobs', async () => {
  await pruneQueue(opened.queue)
  await opened.untilIdle()
  expect(await opened.queue.getJobCountByTypes('completed', 'failed')).toBe(0)
})

test('each round measures the quarantine again after old deliveries were removed', async () => {
  const tenant = testTenant()
  const redis = openWorkerRedis(inject('redisUrl'), log)
  const queues = openQueues([tenant], redis, log)
  const own = queues.of(tenant.name)
  for (const body of ['one', 'two'])
    await quarantineDelivery(own, tenant, {
      v: 1,
      receivedAt: new Date().toISOString(),
      source: 'rd-station',
      body,
      encoding: 'utf8',
      form: false,
    })
  const right = await own.quarantineSize.current()
  expect(right.deliveries).toBe(2)
  const [first] = await own.quarantine.getJobs(['waiting'])
  await first?.remove()
  expect(await own.quarantineSize.current()).toEqual(right)
  const keep = createPruner(redis)
  for (const queue of queues.all()) await keep(queue)
  expect(await own.quarantineSize.current()).toEqual({ deliveries: 1, bytes: right.bytes / 2 })
  await queues.close()
  redis.disconnect()
})
