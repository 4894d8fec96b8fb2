import { Redis } from 'ioredis'
import { afterAll, afterEach, expect, inject, test, vi } from 'vitest'
import { partName, retryKey } from '@ponte/state'
import { createRetryTestbed, jobOf, type OwnQueue } from './testing/retry-testbed.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
afterEach(() => vi.useRealTimers())
const { auditOf, begin, openQueue, partOf, stateOf } = createRetryTestbed(redis)

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
  expect(await partOf(queue, id)).toEqual({ asked: 120, underWay: 99, notRetried: 21 })
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
  // The process dies after it has named the retry in the job, and before it retries the job.
  const { id, run } = await begin([queue], ids, { retry: () => new Promise(() => {}) })
  void run()
  await expect.poll(() => partOf(queue, id)).toEqual({ asked: 60, underWay: 50, notRetried: 10 })
  expect(await stateOf(queue, id)).toBe('working')
  await redis.hset(retryKey(queue.tenant, id), 'workingUntil', Date.now() - 1000)

  const other = await begin([queue], ids)
  expect(await other.run()).toEqual([{ retried: 60, left: 0 }])
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 60, notRetried: 60 })
  for (const each of ids) await queue.end(each, 'done')
  expect(await partOf(queue, other.id)).toEqual({ asked: 60, delivered: 60 })
})

test('what a dead process had taken and not retried is not said to have failed again', async () => {
  const queue = await openQueue(['a'])
  const { id, run } = await begin([queue], ['a'], { retry: () => new Promise(() => {}) })
  void run()
  await expect.poll(() => partOf(queue, id)).toEqual({ asked: 1, underWay: 1 })
  await redis.hset(retryKey(queue.tenant, id), 'workingUntil', Date.now() - 1000)
  expect(await partOf(queue, id)).toEqual({ asked: 1, notRetried: 1 })
})

/** A retry of one job that hangs for so long that a reader takes it for stopped. `resume` ends the wait. */
async function beginLate(queue: OwnQueue) {
  const { promise, resolve: resume } = Promise.withResolvers<undefined>()
  const { id, run } = await begin([queue], ['a'], { retry: job => promise.then(() => queue.retry(job)) })
  const result = run()
  await expect.poll(() => partOf(queue, id)).toEqual({ asked: 1, underWay: 1 })
  await redis.hset(retryKey(queue.tenant, id), 'workingUntil', Date.now() - 1000)
  return { id, result, resume }
}

test('a retry that comes too late takes the job from no other retry, and counts once in its own', async () => {
  const queue = await openQueue(['a'])
  const late = await beginLate(queue)
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, notRetried: 1 })
  const other = await begin([queue], ['a'])
  expect(await other.run()).toEqual([{ retried: 1, left: 0 }])
  late.resume(undefined)
  expect(await late.result).toEqual([{ retried: 0, left: 1 }])
  await queue.end('a', 'done')
  expect(await partOf(queue, other.id)).toEqual({ asked: 1, delivered: 1 })
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, left: 1 })
  expect(await stateOf(queue, late.id)).toBe('sent')
})

test('a retry that comes late and is the first is under way, and its end is counted', async () => {
  const queue = await openQueue(['a'])
  const late = await beginLate(queue)
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, notRetried: 1 })
  late.resume(undefined)
  expect(await late.result).toEqual([{ retried: 1, left: 0 }])
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, underWay: 1 })
  await redis.zadd(`${queue.queueKeys}completed`, 9000, 'a')
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, delivered: 1 })
})

test('a job that somebody else retried, and whose end was counted meanwhile, counts once', async () => {
  const queue = await openQueue(['a'])
  const late = await beginLate(queue)
  await queue.retry(jobOf('a'))
  await queue.end('a', 'done')
  late.resume(undefined)
  await late.result
  expect(await partOf(queue, late.id)).toEqual({ asked: 1, delivered: 1 })
})

test.each([-3_600_000, 3_600_000])('only the clock of Redis says whether a retry is at work (%i ms)', async skewMs => {
  const ids = Array.from({ length: 60 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const stateAt = async (now: number) => {
    vi.setSystemTime(now)
    return await stateOf(queue, id)
  }
  const now = Date.now()
  vi.setSystemTime(now + skewMs)
  const looked: unknown[] = []
  const { id, run } = await begin([queue], ids, {
    retry: async job => {
      // The first of the second batch.
      if (job.id === 'job-50') looked.push(await redis.hget(retryKey(queue.tenant, id), 'workingUntil'))
      return await queue.retry(job)
    },
  })
  expect(await stateAt(now)).toBe('working')
  expect(await stateAt(now + skewMs)).toBe('working')
  const record = retryKey(queue.tenant, id)
  await redis.hset(record, 'workingUntil', now - 1000)
  expect(await stateAt(now + skewMs)).toBe('stopped')

  // A retry that goes on writes that it does.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 20_000)
  await run()
  clock.mockRestore()
  expect(Math.abs(Number(looked[0]) - now - 60_000)).toBeLessThan(20_000)
})

test('a retry that came to all its jobs stays so when nobody reads it before its jobs are forgotten', async () => {
  const queue = await openQueue(['a', 'b'])
  const { id, run } = await begin([queue], ['a', 'b'])
  await run()
  await redis.del(`${retryKey(queue.tenant, id)}:${partName('totvs-crm', 'CRM_REJECTED')}`)
  expect(await stateOf(queue, id)).toBe('sent')
  expect(await partOf(queue, id)).toEqual({ asked: 2, removed: 2 })
})

test('a record that is removed while its retry is at work does not come back', async () => {
  const queue = await openQueue(['a'])
  for (const error of [undefined, new Error('Connection is closed.')]) {
    const { id, run } = await begin([queue], ['gone', 'other', 'a'], {
      retry: async () => {
        await redis.del(retryKey(queue.tenant, id))
        if (error) throw error
        return false
      },
    })
    await redis.del(retryKey(queue.tenant, id))
    await run().catch(() => undefined)
    expect(await redis.exists(retryKey(queue.tenant, id))).toBe(0)
  }
})

test('a stop from outside ends the work after the jobs in hand', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const stop = new AbortController()
  const { id, run } = await begin([queue], ids, {
    retry: async job => {
      stop.abort()
      return await queue.retry(job)
    },
  })
  await expect(run(stop.signal)).rejects.toThrow('aborted')
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 120, underWay: 50, notRetried: 70 })
})
