import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFailedJobs, type FailedQueue, readOnce, sumCounts } from './failed-jobs.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
const failedJobs = createFailedJobs(redis)

const rejected = 'CRM_REJECTED: TOTVS CRM refused the data.'

/** A queue as BullMQ keeps it, with failed jobs only. */
function openQueue(kind: FailedQueue['kind'] = 'totvs-crm') {
  const tenant = `t-${randomUUID()}`
  const name = `${tenant}.${kind}`
  const toKey = (part: string): string => `{${tenant}}:${name}:${part}`
  return {
    of: { kind, queue: { name, toKey } },
    async fail(id: string, failedAt: number, { reason = rejected, event = 'lead.registered', data = {} } = {}) {
      await redis.hset(toKey(id), { failedReason: reason, name: event, data: JSON.stringify(data) })
      await redis.zadd(toKey('failed'), failedAt, id)
    },
    retry: (id: string) => redis.zrem(toKey('failed'), id),
    toKey,
  }
}

const readAll = async (of: FailedQueue) =>
  await failedJobs.read(of, await failedJobs.newest(of, await failedJobs.count(of), { most: 100 }))

test('a failed job is given with its code and reason, and anew after it has failed anew', async () => {
  const { of, fail, retry } = openQueue()
  await fail('one', 1000)
  await fail('two', 2000, { reason: 'stalled more than allowed' })
  const two = { id: 'two', failedAt: 2000, code: 'WITHOUT_CODE', reason: 'stalled more than allowed' }
  const one = { id: 'one', failedAt: 1000, code: 'CRM_REJECTED', reason: rejected, event: 'lead.registered' }
  expect(await readAll(of)).toMatchObject([two, one])
  await retry('one')
  expect(await readAll(of)).toMatchObject([two])
  await fail('one', 3000, { reason: 'CRM_CONFLICT: x' })
  expect(await readAll(of)).toMatchObject([{ id: 'one', failedAt: 3000, code: 'CRM_CONFLICT' }, two])
})

test('of the marks of an opportunity only the newest failure is given; what makes no mark counts by itself', async () => {
  const { of, fail } = openQueue('rd-station')
  const data = { opportunityId: 'opp-1' }
  await fail('old', 1000, { event: 'opportunity.updated', data })
  await fail('noted', 1500, { event: 'opportunity.noted', data })
  await fail('new', 2000, { event: 'opportunity.updated', data })
  await fail('other', 3000, { event: 'opportunity.updated', data: { opportunityId: 'opp-2' } })
  const given = (await readAll(of)).map(({ id, opportunityId }) => [id, opportunityId])
  expect(given).toEqual([
    ['other', 'opp-2'],
    ['new', 'opp-1'],
    ['noted', undefined],
  ])
})

test('of more jobs than are read at once each has its own reason; a job that is removed meanwhile is left out', async () => {
  const { of, fail, toKey } = openQueue()
  for (let at = 1; at <= 501; at += 1) await fail(`job-${at}`, at, { reason: `CRM_CONFLICT: ${at}` })
  const members = await failedJobs.newest(of, await failedJobs.count(of), { most: 1000 })
  await redis.del(toKey('job-400'))
  const jobs = await failedJobs.read(of, members)
  expect(jobs).toHaveLength(500)
  for (const { id, reason } of jobs) expect(reason).toBe(`CRM_CONFLICT: ${id.slice(4)}`)
})

test('a Redis that does not answer is not taken for a queue without failures', async () => {
  const away = new Redis(inject('redisUrl'), { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  away.disconnect()
  await expect(createFailedJobs(away).count(openQueue().of)).rejects.toThrow('Connection is closed.')
})

test('a queue whose failures are asked for twice is counted once, and each queue and time is itself', async () => {
  const asked: string[] = []
  const reader = readOnce({
    ...failedJobs,
    count: async ({ queue }, choice) => {
      asked.push(`${queue.name} ${choice?.since}`)
      return [
        { code: 'CRM_REJECTED', event: 'lead.registered', count: 2, first: 1, last: 2 },
        { code: 'CRM_CONFLICT', event: 'lead.registered', count: 3, first: 1, last: 2 },
      ]
    },
  })
  const of = (name: string) => ({ kind: 'totvs-crm', queue: { name, toKey: (type: string) => type } }) as const
  const counts = await Promise.all([
    reader.count(of('one')),
    reader.count(of('two')),
    reader.count(of('one'), { code: 'CRM_CONFLICT' }),
    reader.count(of('one'), { since: 5 }),
  ])
  expect([asked, counts.map(sumCounts)]).toEqual([
    ['one 0', 'two 0', 'one 5'],
    [5, 5, 3, 5],
  ])
})
