import { createLogger, noTracer, openQueues, openWorkerRedis, queuePrefix, retryInFull } from '@ponte/runtime'
import { createFingerprint, createSecretBox, createTimelines, timelineId } from '@ponte/state'
import { Worker } from 'bullmq'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openConnection } from '../connections/connection.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { testTenant } from '../testing/test-tenant.ts'
import { createJobRunner } from './run-job.ts'

const log = createLogger({ level: 'silent', process: 'test' })
const fingerprint = createFingerprint(Buffer.alloc(32, 2))

/** A worker of this version at one queue. */
function open() {
  const tenant = testTenant()
  const redis = openWorkerRedis(inject('redisUrl'), log)
  const queues = openQueues([tenant], redis, log)
  const own = queues.of(tenant.name)
  const queue = own['rd-station']
  const box = createSecretBox(Buffer.alloc(32, 1))
  const connection = openConnection({
    ...{ tenant, queues: own, redis, box, fingerprint },
    onUnreadableTokens: () => undefined,
  })
  const runJob = createJobRunner({
    ...{ connection, queue, log, metrics: createWorkerMetrics(), tracer: noTracer },
    onBreakerChange: () => undefined,
    onCall: () => undefined,
  })
  const options = { connection: redis, prefix: queuePrefix(tenant.name) }
  const worker = new Worker(queue.name, runJob, options)
  return {
    queue,
    timelines: createTimelines(redis, tenant.name, fingerprint),
    /** Replaces the worker by one of a later version, which can read every job. What it reads is returned. */
    async upgrade(): Promise<{ readonly name: string; readonly data: unknown }[]> {
      await worker.close()
      const read: { readonly name: string; readonly data: unknown }[] = []
      const later = new Worker(queue.name, ({ name, data }) => Promise.resolve(void read.push({ name, data })), options)
      closing.push(later)
      return read
    },
    async close(): Promise<void> {
      await Promise.all([worker, ...closing.splice(0)].map(each => each.close()))
      for (const each of queues.all()) await each.obliterate({ force: true })
      await queues.close()
      redis.disconnect()
    },
  }
}
const closing: Worker[] = []

let set: ReturnType<typeof open>
beforeEach(() => {
  set = open()
})
afterEach(() => set.close())

const readable = {
  v: 1,
  key: 'k',
  receivedAt: '2026-01-02T03:04:05.000Z',
  opportunityId: 'o',
  contextUrl: '/api/v1/opportunity/opportunities',
}

test.each([
  ['with a name that this version does not know', 'opportunity.archived', readable, 'job=opportunity.archived'],
  ['of a newer version', 'opportunity.won', { ...readable, v: 2, state: { name: 'WON' } }, 'at=v'],
  ['whose data are damaged', 'opportunity.won', { v: 1, key: 'k', opportunityId: 7 }, 'opportunityId'],
  ['whose data are no object', 'opportunity.won', 'lost', 'JOB_UNREADABLE'],
])(
  'a job %s fails as JOB_UNREADABLE at once, and a later version that retries it gets all of it',
  async (_what, name, data, at) => {
    const { id } = await set.queue.add(name, data, { jobId: 'unreadable', attempts: 12 })
    await expect.poll(() => set.queue.getFailedCount()).toBe(1)
    const failed = await set.queue.getJob(id ?? '')
    expect(failed).toMatchObject({ name, data, attemptsMade: 1 })
    expect(failed?.failedReason).toMatch(/^JOB_UNREADABLE: /)
    expect(failed?.failedReason).toContain(at)

    const read = await set.upgrade()
    expect(failed && (await retryInFull(failed))).toBe(true)
    await expect.poll(() => set.queue.getCompletedCount()).toBe(1)
    expect(read).toEqual([{ name, data }])
  },
)

test('the timeline of an event whose job cannot be read says so', async () => {
  await set.queue.add('opportunity.won', { ...readable, v: 2 })
  await expect.poll(() => set.queue.getFailedCount()).toBe(1)
  expect(await set.timelines.read(timelineId('k'))).toMatchObject([
    { kind: 'received' },
    { kind: 'run', outcome: 'failed', code: 'JOB_UNREADABLE' },
  ])
})
