import { eventOfJob } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFingerprint } from '../fingerprints/fingerprint.ts'
import { createAudit } from '../operators/audit.ts'
import { createTimelines, timelineId } from '../timeline/timeline.ts'
import { isOver, listResends, readResend, type ResendPart } from './read-resends.ts'
import { partName, resendIndexKey, resendKey } from './resend-keys.ts'
import { beginResend } from './resends.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const fingerprint = createFingerprint(Buffer.alloc(32, 1))

const REJECTED = 'CRM_REJECTED: TOTVS CRM refused the data.'
const jobOf = (id: string, failedReason = REJECTED) => ({
  id,
  name: 'lead.registered',
  timestamp: Date.now(),
  failedReason,
  data: { key: `key-${id}`, lead: { email: 'ana@x.example' } },
})
type OwnJob = ReturnType<typeof jobOf>

/** A queue as BullMQ keeps it, and what a worker records of its jobs. */
async function openQueue(ids: readonly string[], tenant = `t-${crypto.randomUUID()}`) {
  const queueKeys = `{${tenant}}:totvs-crm:`
  const timelines = createTimelines(redis, tenant, fingerprint)
  const fail = async (id: string, at: number, reason = REJECTED): Promise<void> => {
    await redis.hset(queueKeys + id, { name: 'lead.registered', failedReason: reason })
    await redis.zadd(`${queueKeys}failed`, at, id)
  }
  for (const [index, id] of ids.entries()) await fail(id, 1000 + index)
  return {
    tenant,
    queueKeys,
    fail,
    /** As BullMQ does it: nobody can retry the same failure twice. */
    retry: async ({ id }: OwnJob): Promise<boolean> => (await redis.zrem(`${queueKeys}failed`, id)) === 1,
    end: (id: string, outcome: 'done' | 'skipped' | 'failed' | 'retrying', code?: string): Promise<void> =>
      timelines.record(
        { ...eventOfJob(jobOf(id)), identities: [] },
        { kind: 'run', at: Date.now(), event: 'lead.registered', jobId: id, outcome, code },
        { jobKey: queueKeys + id },
      ),
  }
}
type OwnQueue = Awaited<ReturnType<typeof openQueue>>

const begin = (
  queues: readonly OwnQueue[],
  ids: readonly string[],
  { own = redis, retry }: { own?: Redis; retry?: (job: OwnJob) => Promise<boolean> } = {},
) =>
  beginResend<OwnJob>(
    { redis: own, fingerprint },
    {
      user: 'ana',
      kind: 'all',
      parts: queues.map(queue => ({
        tenant: queue.tenant,
        queue: 'totvs-crm',
        code: 'CRM_REJECTED',
        queueKeys: queue.queueKeys,
        ids,
        find: async id =>
          id.startsWith('gone') ? undefined : jobOf(id, id.startsWith('other') ? 'no code' : REJECTED),
        retry: retry ?? queue.retry,
      })),
    },
  )

async function partOf(queue: OwnQueue, id: string): Promise<Partial<ResendPart>> {
  const [part] = (await readResend(redis, id, [queue.tenant]))?.parts ?? []
  const { asked, left, unsent, underWay, done, skipped, gone, failed = [] } = part ?? {}
  return Object.fromEntries(
    Object.entries({ asked, left, unsent, underWay, done, skipped, gone, failed }).filter(
      ([, value]) => value !== 0 && JSON.stringify(value) !== '[]',
    ),
  )
}
const stateOf = async (queue: OwnQueue, id: string) => (await readResend(redis, id, [queue.tenant]))?.state
const auditOf = async (tenant: string) =>
  (await createAudit(redis).read({ count: 1000 })).filter(record => record.tenant === tenant)
const timelineOf = async (tenant: string, id: string) =>
  (await createTimelines(redis, tenant, fingerprint).read(timelineId(`key-${id}`))).map(({ kind }) => kind)

test('each job that is retried is in the timeline of its event, and their number in the audit trail with the resend', async () => {
  const queue = await openQueue(['a', 'gone', 'other', 'b'])
  const { id, run } = await begin([queue], ['a', 'gone', 'other', 'retried', 'b'])
  expect(await run()).toEqual([{ retried: 2, left: 3 }])
  const entry = { user: 'ana', action: 'retry-all', outcome: 'done', code: 'CRM_REJECTED', detail: '2', resend: id }
  expect(await auditOf(queue.tenant)).toEqual([expect.objectContaining(entry)])
  expect(await timelineOf(queue.tenant, 'a')).toEqual(['received', 'retried'])
  expect(await timelineOf(queue.tenant, 'other')).toEqual([])
  expect(await timelineOf(queue.tenant, 'retried')).toEqual([])
  expect(await partOf(queue, id)).toEqual({ asked: 5, left: 3, underWay: 2 })
})

test('the end of each job is counted once, with why it failed, and a run that is not the last is none', async () => {
  const queue = await openQueue(['a', 'b', 'c', 'd', 'e'])
  const { id, run } = await begin([queue], ['a', 'b', 'c', 'd', 'e'])
  await run()
  await queue.end('a', 'retrying', 'CRM_UNAVAILABLE')
  expect(await partOf(queue, id)).toEqual({ asked: 5, underWay: 5 })
  await queue.end('a', 'done')
  // A worker that was killed after it had recorded the end runs the job again.
  await queue.end('a', 'skipped')
  await queue.end('b', 'skipped')
  await queue.end('c', 'failed', 'CRM_REJECTED')
  await queue.end('d', 'failed', 'CRM_CONFLICT')
  const failed = [
    { code: 'CRM_REJECTED', count: 1 },
    { code: 'CRM_CONFLICT', count: 1 },
  ]
  expect(await partOf(queue, id)).toEqual({ asked: 5, done: 1, skipped: 1, failed, underWay: 1 })
  const before = await readResend(redis, id, [queue.tenant])
  expect(before?.state).toBe('sent')
  expect(before && isOver(before)).toBe(false)
  await queue.end('e', 'done')
  const after = await readResend(redis, id, [queue.tenant])
  expect(after && isOver(after)).toBe(true)
})

test('a job that was removed or ended without a record is found, and its end counted', async () => {
  const queue = await openQueue(['a', 'b', 'c', 'd'])
  const { id, run } = await begin([queue], ['a', 'b', 'c', 'd'])
  await run()
  await redis.del(`${queue.queueKeys}a`)
  await queue.fail('b', 9000, 'CRM_CONFLICT: x')
  await redis.zadd(`${queue.queueKeys}completed`, 9000, 'c', 9001, 'd')
  await redis.hset(`${queue.queueKeys}d`, 'returnvalue', '{"outcome":"skipped"}')
  const found = { asked: 4, gone: 1, failed: [{ code: 'CRM_CONFLICT', count: 1 }], done: 1, skipped: 1 }
  expect(await partOf(queue, id)).toEqual(found)
  await queue.end('b', 'failed', 'CRM_CONFLICT')
  expect(await partOf(queue, id)).toEqual(found)
})

test('of two people who retry the same jobs at once, each job is of one of them', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const both = await Promise.all([begin([queue], ids), begin([queue], ids)])
  const counts = (await Promise.all(both.map(({ run }) => run()))).flat()
  expect(counts.reduce((sum, { retried }) => sum + retried, 0)).toBe(120)
  for (const id of ids) await queue.end(id, 'done')
  const parts = await Promise.all(both.map(({ id }) => partOf(queue, id)))
  expect(parts.map(({ done = 0, left = 0 }) => done + left)).toEqual([120, 120])
  expect(parts.reduce((sum, { done = 0 }) => sum + done, 0)).toBe(120)
})

test('an error midway is recorded as a stop with what was retried before, and the trail says so', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const { id, run } = await begin([queue], ids, {
    retry: async job => {
      if (job.id === 'job-70') throw new Error('Connection is closed.')
      return await queue.retry(job)
    },
  })
  await expect(run()).rejects.toThrow('Connection is closed.')
  expect(await auditOf(queue.tenant)).toEqual([expect.objectContaining({ outcome: 'done', detail: '99/120' })])
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 120, underWay: 99, unsent: 21 })
})

test('a Redis that does not come back has kept what was begun', async () => {
  const own = redis.duplicate({ retryStrategy: () => null, maxRetriesPerRequest: 0 })
  const queue = await openQueue(['a', 'b'])
  const { run } = await begin([queue], ['a', 'b'], {
    own,
    retry: async () => {
      own.disconnect()
      throw new Error('Connection is closed.')
    },
  })
  await expect(run()).rejects.toThrow('Connection is closed.')
  expect(await auditOf(queue.tenant)).toEqual([expect.objectContaining({ action: 'retry-all', detail: '?/2' })])
})

test('a process that dies midway leaves a record that says it stopped; somebody else can retry what it had taken', async () => {
  const ids = Array.from({ length: 60 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  // The resend dies after it has named itself in the job, and before it retries the job.
  const { id, run } = await begin([queue], ids, { retry: () => new Promise(() => {}) })
  void run()
  await expect.poll(() => partOf(queue, id)).toEqual({ asked: 60, underWay: 50, unsent: 10 })
  expect(await stateOf(queue, id)).toBe('working')
  await redis.hset(resendKey(queue.tenant, id), 'workingUntil', Date.now() - 1000)

  const other = await begin([queue], ids)
  expect(await other.run()).toEqual([{ retried: 60, left: 0 }])
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 60, unsent: 60 })
  for (const each of ids) await queue.end(each, 'done')
  expect(await partOf(queue, other.id)).toEqual({ asked: 60, done: 60 })
})

test('what a dead process had taken and not retried is not said to have failed again', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'], { retry: () => new Promise(() => {}) })
  void run()
  await expect.poll(() => partOf(queue, id)).toEqual({ asked: 1, underWay: 1 })
  await redis.hset(resendKey(queue.tenant, id), 'workingUntil', Date.now() - 1000)
  expect(await partOf(queue, id)).toEqual({ asked: 1, unsent: 1 })
})

test('a job that failed again without a record can be retried at once: the failure counts in the first resend, its end in the other', async () => {
  const queue = await openQueue(['a'])
  const first = await begin([queue], ['a'])
  await first.run()
  await queue.fail('a', 9000, 'CRM_REJECTED: x')
  const second = await begin([queue], ['a'])
  expect(await second.run()).toEqual([{ retried: 1, left: 0 }])
  await queue.end('a', 'done')
  expect(await partOf(queue, first.id)).toEqual({ asked: 1, failed: [{ code: 'CRM_REJECTED', count: 1 }] })
  expect(await partOf(queue, second.id)).toEqual({ asked: 1, done: 1 })
})

test('a job that a resend had taken when the answer was lost is retried all the same', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'])
  const [job, record, part] = [
    `${queue.queueKeys}a`,
    resendKey(queue.tenant, id),
    partName('totvs-crm', 'CRM_REJECTED'),
  ]
  await redis.hset(job, 'resend', `${record} ${part}`)
  await redis.zadd(`${record}:${part}`, 1000, job)
  expect(await run()).toEqual([{ retried: 1, left: 0 }])
  await queue.end('a', 'done')
  expect(await partOf(queue, id)).toEqual({ asked: 1, done: 1 })
})

test('a job that ends after its resend was forgotten leaves nothing of it behind', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'])
  await run()
  await redis.del(resendKey(queue.tenant, id))
  await queue.end('a', 'done')
  expect(await redis.keys(`${resendKey(queue.tenant, id)}*`)).toEqual([])
})

test('a stop from outside ends the work after the jobs in hand', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const stop = new AbortController()
  const { id, run } = await begin([queue], ids)
  await expect(run({ signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow('aborted')
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 120, underWay: 50, unsent: 70 })
})

test('a resend of several tenants is one resend; whoever sees one of them sees its part', async () => {
  const [one, other] = [await openQueue(['a']), await openQueue(['a'])]
  const { id, run } = await begin([one, other], ['a'])
  await run()
  await one.end('a', 'done')
  const both = await readResend(redis, id, [one.tenant, other.tenant, 'elsewhere'])
  expect(both?.parts.map(({ tenant, done, underWay }) => [tenant, done, underWay])).toEqual([
    [one.tenant, 1, 0],
    [other.tenant, 0, 1],
  ])
  expect((await readResend(redis, id, [other.tenant]))?.parts).toHaveLength(1)
  expect(await readResend(redis, id, ['elsewhere'])).toBeUndefined()
  const later = await begin([other], ['a'])
  const listed = await listResends(redis, [one.tenant, other.tenant], 10)
  expect(listed.map(resend => [resend.id, resend.parts.length])).toEqual([
    [later.id, 1],
    [id, 2],
  ])
})

test('of a tenant the newest thousand resends are kept, for 400 days', async () => {
  const queue = await openQueue([])
  const first = await begin([queue], [])
  const index = resendIndexKey(queue.tenant)
  const fillers = Array.from({ length: 999 }, (_, each) => [Date.now() + 1000 + each, `filler-${each}`]).flat()
  await redis.zadd(index, ...fillers)
  await begin([queue], [])
  expect(await redis.zcard(index)).toBe(1000)
  expect(await readResend(redis, first.id, [queue.tenant])).toBeUndefined()
  const last = await begin([queue], [])
  for (const key of [index, resendKey(queue.tenant, last.id)]) {
    expect(await redis.ttl(key)).toBeGreaterThan(399 * 24 * 3600)
    expect(await redis.ttl(key)).toBeLessThanOrEqual(400 * 24 * 3600)
  }
})
