import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { resendKey } from './resend-keys.ts'
import { createResendTestbed } from './testing/resend-testbed.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const { auditOf, begin, openQueue, partOf, stateOf } = createResendTestbed(redis)

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

test('a stop from outside ends the work after the jobs in hand', async () => {
  const ids = Array.from({ length: 120 }, (_, index) => `job-${index}`)
  const queue = await openQueue(ids)
  const stop = new AbortController()
  const { id, run } = await begin([queue], ids)
  await expect(run({ signal: stop.signal, onProgress: () => stop.abort() })).rejects.toThrow('aborted')
  expect(await stateOf(queue, id)).toBe('stopped')
  expect(await partOf(queue, id)).toEqual({ asked: 120, underWay: 50, unsent: 70 })
})
