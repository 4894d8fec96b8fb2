import { randomBytes, randomUUID } from 'node:crypto'
import { createCalendar, createFingerprint, createTimelines, type TimelineRun, waitingKey } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test } from 'vitest'
import { createLogger } from '../telemetry/logger.ts'
import { openQueues } from './queues.ts'
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
  const bytes = async () => Number((await redis.get(waitingKey(tenant, 'totvs-crm'))) ?? 0)
  return { tenant, queue: own['totvs-crm'], other: own['rd-station'], quarantine: own.quarantine, add, bytes }
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
  await redis.rpush(queue.toKey('active'), 'running')
  await redis.rpush(other.toKey('wait'), 'waiting')
  await redis.zadd(queue.toKey('failed'), 1, 'failed', 2, 'failed too', 3, 'and one more')
  await redis.zadd(other.toKey('completed'), 1, 'done', 2, 'done too', 3, 'and one more')
  expect(await outcomes(ids(5).map(id => add(id)))).toBe(2)
  expect(await outcomes([open({ jobs: 7 }, tenant).add('one more')])).toBe(1)
})

test('who is no ingress may add beyond, and what is unreadable has a limit of its own', async () => {
  const ingress = open({ jobs: 1, bytes: 1 })
  const worker = open(undefined, ingress.tenant)
  expect(await outcomes(ids(5).map(id => worker.add(id)))).toBe(5)
  expect(await outcomes([ingress.add('one')])).toBe(0)
  await ingress.quarantine.add('delivery', {}, { jobId: 'delivery-1' })
})

test('the bytes that may wait are those of the data and what Redis keeps beside them', async () => {
  const { add, bytes, queue } = open({ bytes: 13_700 })
  expect(await outcomes(ids(20).map(id => add(id)))).toBe(10)
  expect(await bytes()).toBe(10 * (1300 + (await redis.hstrlen(queue.toKey('job-0'), 'data'))))
  // Neither a duplicate nor a job that is sent again, because its answer was lost, counts twice.
  const larger = open({}, queue.name.split('.')[0])
  const before = await bytes()
  await larger.queue.add('n', {}, { jobId: 'again', deduplication: { id: 'key-job-0', ttl: 60_000 } })
  await larger.queue.add('n', {}, { jobId: 'job-1' })
  expect(await bytes()).toBe(before)
})

test('the end of a run takes the bytes of its job off, once, and a run that is not the end leaves them', async () => {
  const { tenant, queue, add, bytes } = open()
  for (const id of ['first', 'other']) await add(id)
  const one = (await bytes()) / 2
  const timelines = createTimelines(redis, tenant, createFingerprint(randomBytes(32)), createCalendar('UTC'))
  const end = async (outcome: TimelineRun['outcome'], at: number): Promise<void> => {
    const of = {
      event: 'lead.registered',
      key: 'k',
      receivedAt: '2026-01-01T00:00:00Z',
      jobId: 'first',
      identities: [],
    }
    const run = { kind: 'run', at, event: 'lead.registered', jobId: 'first', outcome } as const
    await timelines.record(
      of,
      { ...run, retry: undefined, code: undefined, opportunityId: undefined, summary: undefined },
      {
        jobKey: queue.toKey('first'),
      },
    )
  }
  const sizes: number[] = []
  for (const [at, outcome] of (['retrying', 'delayed', 'failed', 'done'] as const).entries()) {
    await end(outcome, at)
    sizes.push(await bytes())
  }
  // A failed job that a person retries was taken off when it failed.
  expect(sizes).toEqual([2 * one, 2 * one, one, one])
})

test('housekeeping counts anew once an hour, since people remove jobs', async () => {
  const { tenant, queue, add, bytes } = open()
  for (const id of ids(3)) await add(id)
  await add('later', 'totvs-crm', { priority: 10 })
  const all = await bytes()
  const one = Number(await redis.hget(queue.toKey('job-0'), 'waits'))
  await (await queue.getJob('job-0'))?.remove()
  expect(await bytes()).toBe(all)
  await countWaiting(redis, queue, tenant, 'totvs-crm')
  expect(await bytes()).toBe(all - one)
  await redis.set(waitingKey(tenant, 'totvs-crm'), 5)
  await countWaiting(redis, queue, tenant, 'totvs-crm')
  expect(await bytes()).toBe(5)
  expect(await redis.pttl(`${waitingKey(tenant, 'totvs-crm')}:counted`)).toBeGreaterThan(3_000_000)
})
