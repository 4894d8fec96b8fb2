import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createTimelines, partName, retryIndexKey, retryKey, timelineId } from '@ponte/state'
import { listRetries, readRetry } from './read-retries.ts'
import { createRetryTestbed, fingerprint } from './testing/retry-testbed.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const { auditOf, begin, openQueue, partOf } = createRetryTestbed(redis)
const timelineOf = async (tenant: string, id: string) =>
  (await createTimelines(redis, tenant, fingerprint).read(timelineId(`key-${id}`))).map(({ kind }) => kind)

test('each job that is retried is in the timeline of its event, and their number in the audit trail with the retry', async () => {
  const queue = await openQueue(['a', 'gone', 'other', 'b'])
  const { id, run } = await begin([queue], ['a', 'gone', 'other', 'retried', 'b'])
  expect(await run()).toEqual([{ retried: 2, left: 3 }])
  const entry = { user: 'ana', action: 'retry-all', outcome: 'done', code: 'CRM_REJECTED', detail: '2', retry: id }
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
  expect(await partOf(queue, id)).toEqual({ asked: 5, delivered: 1, unchanged: 1, failed, underWay: 1 })
  const where = { redis, tenants: [{ name: queue.tenant }] }
  const before = await readRetry(where, id)
  expect(before).toMatchObject({ state: 'sent', ended: false })
  await queue.end('e', 'done')
  expect(await readRetry(where, id)).toMatchObject({ ended: true })
})

test('a job that was removed or ended without a record is found, and its end counted', async () => {
  const queue = await openQueue(['a', 'b', 'c', 'd'])
  const { id, run } = await begin([queue], ['a', 'b', 'c', 'd'])
  await run()
  await redis.del(`${queue.queueKeys}a`)
  await queue.fail('b', 9000, 'CRM_CONFLICT: x')
  await redis.zadd(`${queue.queueKeys}completed`, 9000, 'c', 9001, 'd')
  await redis.hset(`${queue.queueKeys}d`, 'returnvalue', '{"outcome":"skipped"}')
  const found = { asked: 4, removed: 1, failed: [{ code: 'CRM_CONFLICT', count: 1 }], delivered: 1, unchanged: 1 }
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
  expect(parts.map(({ delivered = 0, left = 0 }) => delivered + left)).toEqual([120, 120])
  expect(parts.reduce((sum, { delivered = 0 }) => sum + delivered, 0)).toBe(120)
})

test('a job that failed again without a record can be retried at once: the failure counts in the first retry, its end in the other', async () => {
  const queue = await openQueue(['a'])
  const first = await begin([queue], ['a'])
  await first.run()
  await queue.fail('a', 9000, 'CRM_REJECTED: x')
  const second = await begin([queue], ['a'])
  expect(await second.run()).toEqual([{ retried: 1, left: 0 }])
  await queue.end('a', 'done')
  expect(await partOf(queue, first.id)).toEqual({ asked: 1, failed: [{ code: 'CRM_REJECTED', count: 1 }] })
  expect(await partOf(queue, second.id)).toEqual({ asked: 1, delivered: 1 })
})

test('an end that is recorded again, because the answer was lost, does not end a later retry of the job', async () => {
  const queue = await openQueue(['a'])
  await queue.end('a', 'failed', 'CRM_REJECTED', 9000)
  const { id, run } = await begin([queue], ['a'])
  await run()
  await queue.end('a', 'failed', 'CRM_REJECTED', 9000)
  expect(await partOf(queue, id)).toEqual({ asked: 1, underWay: 1 })
})

test('a job that a retry had taken when the answer was lost is retried all the same', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'])
  const [job, record, part] = [`${queue.queueKeys}a`, retryKey(queue.tenant, id), partName('totvs-crm', 'CRM_REJECTED')]
  await redis.hset(job, 'retry', `${record} ${part}`)
  await redis.zadd(`${record}:${part}`, 1000, job)
  expect(await run()).toEqual([{ retried: 1, left: 0 }])
  await queue.end('a', 'done')
  expect(await partOf(queue, id)).toEqual({ asked: 1, delivered: 1 })
})

test('a job that ends after its retry was forgotten leaves nothing of it behind', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'])
  await run()
  await redis.del(retryKey(queue.tenant, id))
  await queue.end('a', 'done')
  expect(await redis.keys(`${retryKey(queue.tenant, id)}*`)).toEqual([])
})

test('a retry of several tenants is one retry; whoever sees one of them sees its part', async () => {
  const [one, other] = [await openQueue(['a']), await openQueue(['a'])]
  const { id, run } = await begin([one, other], ['a'])
  await run()
  await one.end('a', 'done')
  const seeing = (...names: readonly string[]) => ({ redis, tenants: names.map(name => ({ name })) })
  const both = await readRetry(seeing(one.tenant, other.tenant, 'elsewhere'), id)
  expect(both?.queues.map(({ tenant, delivered, underWay }) => [tenant, delivered, underWay])).toEqual([
    [one.tenant, 1, 0],
    [other.tenant, 0, 1],
  ])
  expect((await readRetry(seeing(other.tenant), id))?.queues).toHaveLength(1)
  expect(await readRetry(seeing('elsewhere'), id)).toBeUndefined()
  const later = await begin([other], ['a'])
  const listed = await listRetries(seeing(one.tenant, other.tenant), 10)
  expect(listed.map(retry => [retry.id, retry.queues.length])).toEqual([
    [later.id, 1],
    [id, 2],
  ])
})

test('of a tenant the newest thousand retries are kept, for 400 days', async () => {
  const queue = await openQueue([])
  const first = await begin([queue], [])
  const index = retryIndexKey(queue.tenant)
  const fillers = Array.from({ length: 999 }, (_, each) => [Date.now() + 1000 + each, `filler-${each}`]).flat()
  await redis.zadd(index, ...fillers)
  await begin([queue], [])
  expect(await redis.zcard(index)).toBe(1000)
  expect(await readRetry({ redis, tenants: [{ name: queue.tenant }] }, first.id)).toBeUndefined()
  const last = await begin([queue], [])
  for (const key of [index, retryKey(queue.tenant, last.id)]) {
    expect(await redis.ttl(key)).toBeGreaterThan(399 * 24 * 3600)
    expect(await redis.ttl(key)).toBeLessThanOrEqual(400 * 24 * 3600)
  }
})
