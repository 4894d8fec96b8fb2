import { randomBytes, randomUUID } from 'node:crypto'
import {
  createCalendar,
  createFingerprint,
  createTimelines,
  type TimelineRun,
  updateKey,
  waitingKey,
} from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openQueues, updateId } from './queues.ts'
import { countWaiting, type MostWaiting, TooMuchWaiting } from './waiting.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const roomy = { jobs: 1_000_000, bytes: 1_000_000_000 }

/** The queues of a tenant as an ingress opens them: it alone refuses. */
function open(most?: Partial<MostWaiting>, tenant = `t-${randomUUID().slice(0, 8)}`) {
  const log = createLogger({ level: 'silent', process: 'test' })
  const options = most === undefined ? {} : { mostWaiting: () => ({ ...roomy, ...most }) }
  const queues = openQueues([{ name: tenant }], redis, log, options)
  onTestFinished(() => queues.close())
  const own = queues.of(tenant)
  const add = (id: string, kind: 'totvs-crm' | 'rd-station' = 'totvs-crm', more = {}) =>
    own[kind].add('n', { id }, { jobId: id, deduplication: { id: `key-${id}`, ttl: 60_000 }, ...more })
  const waiting = async (kind: 'totvs-crm' | 'rd-station' = 'totvs-crm') => {
    const [jobs, bytes] = await redis.hmget(waitingKey(tenant, kind), 'jobs', 'bytes')
    return { jobs: Number(jobs ?? 0), bytes: Number(bytes ?? 0) }
  }
  const bytes = async () => (await waiting()).bytes
  return { tenant, queue: own['totvs-crm'], other: own['rd-station'], quarantine: own.quarantine, add, waiting, bytes }
}

const outcomes = async (adding: readonly Promise<unknown>[]) => {
  const all = await Promise.allSettled(adding)
  for (const each of all) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(TooMuchWaiting)
  return all.filter(({ status }) => status === 'fulfilled').length
}
const ids = (count: number, name = 'job') => Array.from({ length: count }, (_unused, index) => `${name}-${index}`)

test('of jobs that come together as many are added as may wait, over all processes and in both queues', async () => {
  const one = open({ jobs: 50 })
  const two = open({ jobs: 50 }, one.tenant)
  const added = await outcomes([
    ...ids(40, 'a').map(id => one.add(id)),
    ...ids(40, 'b').map(id => two.add(id, 'rd-station')),
  ])
  expect(added).toBe(50)
  expect((await one.queue.count()) + (await one.other.count())).toBe(50)
})

test('jobs that are delayed, have a priority or run count, and those that have failed or are done do not', async () => {
  const { tenant, queue, other, add } = open({ jobs: 6 })
  await add('job-delayed', 'rd-station', { delay: 600_000 })
  await add('later', 'totvs-crm', { priority: 10 })
  await add('waiting', 'rd-station')
  await add('running')
  await redis.lmove(queue.toKey('wait'), queue.toKey('active'), 'LEFT', 'RIGHT')
  await redis.zadd(queue.toKey('failed'), 1, 'failed', 2, 'failed too', 3, 'and one more')
  await redis.zadd(other.toKey('completed'), 1, 'done', 2, 'done too', 3, 'and one more')
  expect(await outcomes(ids(5).map(id => add(id)))).toBe(2)
  expect(await outcomes([open({ jobs: 7 }, tenant).add('one more')])).toBe(1)
})

test('what a worker or the command line adds is never refused and takes no room of deliveries; quarantine has a limit of its own', async () => {
  const ingress = open({ jobs: 1 })
  const worker = open(undefined, ingress.tenant)
  expect(await outcomes(ids(5).map(id => worker.add(id)))).toBe(5)
  expect(await outcomes([ingress.add('one'), ingress.add('other')])).toBe(1)
  expect(await outcomes([worker.add('one more')])).toBe(1)
  await countWaiting(redis, ingress.queue, ingress.tenant, 'totvs-crm')
  expect((await ingress.waiting()).jobs).toBe(1)
  await ingress.quarantine.add('delivery', {}, { jobId: 'delivery-1' })
})

test('the bytes that may wait are those of the data and what Redis keeps beside them', async () => {
  const { tenant, add, bytes, queue } = open({ bytes: 13_700 })
  expect(await outcomes(ids(20).map(id => add(id)))).toBe(10)
  expect(await bytes()).toBe(10 * (1300 + (await redis.hstrlen(queue.toKey('job-0'), 'data'))))
  // Neither a duplicate nor a job that is sent again, because its answer was lost, counts twice.
  const larger = open({}, tenant)
  const before = await bytes()
  await larger.queue.add('n', {}, { jobId: 'again', deduplication: { id: 'key-job-0', ttl: 60_000 } })
  await larger.queue.add('n', {}, { jobId: 'job-1' })
  expect(await bytes()).toBe(before)
})

/** The end of a run, as a worker records it. */
async function endRun(tenant: string, jobKey: string, outcome: TimelineRun['outcome'], at = 0): Promise<void> {
  const timelines = createTimelines(redis, tenant, createFingerprint(randomBytes(32)), createCalendar('UTC'))
  const jobId = jobKey.slice(jobKey.lastIndexOf(':') + 1)
  const of = { event: 'lead.registered', key: 'k', receivedAt: '2026-01-01T00:00:00Z', jobId, identities: [] }
  const run = { kind: 'run', at, event: 'lead.registered', jobId, outcome } as const
  const nothing = { retry: undefined, code: undefined, opportunityId: undefined, summary: undefined }
  await timelines.record(of, { ...run, ...nothing }, { jobKey })
}

test('the end of a run takes the bytes of its job off, once, and a run that is not the end leaves them', async () => {
  const { tenant, queue, add, waiting, bytes } = open({})
  for (const id of ['first', 'other']) await add(id)
  const one = (await bytes()) / 2
  const sizes: number[] = []
  for (const [at, outcome] of (['retrying', 'delayed', 'failed', 'done'] as const).entries()) {
    await endRun(tenant, queue.toKey('first'), outcome, at)
    sizes.push(await bytes())
  }
  // A failed job that a person retries was taken off when it failed.
  expect(sizes).toEqual([2 * one, 2 * one, one, one])
  // Sent again, because its answer was lost: it has been counted.
  await add('first')
  expect(await waiting()).toEqual({ jobs: 1, bytes: one })
})

test('a count that began anew while jobs waited never falls below nothing', async () => {
  const { tenant, queue, add, waiting } = open({})
  await add('first')
  await redis.hset(waitingKey(tenant, 'totvs-crm'), { jobs: 0, bytes: 7 })
  await endRun(tenant, queue.toKey('first'), 'done')
  expect(await waiting()).toEqual({ jobs: 0, bytes: 0 })
})

test('housekeeping counts anew once an hour, since people remove jobs', async () => {
  const { tenant, queue, add, waiting, bytes } = open({})
  for (const id of ids(3)) await add(id)
  await add('later', 'totvs-crm', { priority: 10 })
  const all = await bytes()
  const one = Number(await redis.hget(queue.toKey('job-0'), 'waits'))
  await (await queue.getJob('job-0'))?.remove()
  expect(await bytes()).toBe(all)
  await countWaiting(redis, queue, tenant, 'totvs-crm')
  expect(await waiting()).toEqual({ jobs: 3, bytes: all - one })
  await redis.hset(waitingKey(tenant, 'totvs-crm'), { bytes: 5 })
  await countWaiting(redis, queue, tenant, 'totvs-crm')
  expect(await bytes()).toBe(5)
  expect(await redis.pttl(`${waitingKey(tenant, 'totvs-crm')}:counted`)).toBeGreaterThan(3_000_000)
})

test('a repeat is a duplicate also while as much waits as may', async () => {
  const { add, queue } = open({ jobs: 2 })
  expect(await outcomes(ids(3).map(id => add(id)))).toBe(2)
  const again = await queue.add('n', {}, { jobId: 'again', deduplication: { id: 'key-job-1', ttl: 60_000 } })
  expect(again.id).toBe('job-1')
  expect((await add('job-0')).id).toBe('job-0')
  expect(await queue.count()).toBe(2)
})

/** Adds updates of one opportunity, as `enqueueEvent` does. */
const updating = (queue: ReturnType<typeof open>['other']) => (key: string) =>
  queue.add('n', { key }, { jobId: `job-${key}`, deduplication: { id: updateId('opportunity.updated', 'o') } })

test('updates that share a job take room until its run ends, and of one job a hundred are remembered', async () => {
  const { tenant, other, waiting } = open({ jobs: 5 })
  const update = updating(other)
  expect(await outcomes(ids(300).map(update))).toBe(300)
  expect(await other.count()).toBe(1)
  expect(await redis.keys(updateKey(tenant, '*'))).toHaveLength(101)
  const { jobs, bytes } = await waiting('rd-station')
  expect(jobs).toBe(1)
  expect(bytes).toBeGreaterThan(100 * 200)
  await update('job-7')
  expect(await waiting('rd-station')).toEqual({ jobs, bytes })
  await endRun(tenant, other.toKey('job-job-0'), 'done')
  expect(await waiting('rd-station')).toEqual({ jobs: 0, bytes: 0 })
})

test('an update is refused where no more bytes may wait, also when it would join a job', async () => {
  const { other, waiting } = open({ bytes: 2500 })
  const added = await outcomes(ids(50).map(updating(other)))
  expect(added).toBeLessThan(10)
  expect(added).toBeGreaterThan(1)
  expect((await waiting('rd-station')).bytes).toBeLessThanOrEqual(2500)
})

test('an update never joins a job that runs, and the job that it gets is counted', async () => {
  const { other, waiting } = open({})
  const update = updating(other)
  await update('one')
  await redis.lmove(other.toKey('wait'), other.toKey('active'), 'LEFT', 'RIGHT')
  expect((await update('two')).id).toBe('job-two')
  expect((await update('three')).id).toBe('job-two')
  expect((await waiting('rd-station')).jobs).toBe(2)
})
