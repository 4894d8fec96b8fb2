import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createFailedJobs, type FailedQueue, readOnce } from './failed-jobs.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const rejected = 'CRM_REJECTED: TOTVS CRM refused the data.'

/** A queue as BullMQ keeps it, with failed jobs only. */
function openQueue(kind: FailedQueue['kind'] = 'totvs-crm') {
  const name = `t-${randomUUID()}.${kind}`
  const toKey = (part: string): string => `{test}:${name}:${part}`
  return {
    of: { kind, queue: { name, toKey } },
    async fail(id: string, failedAt: number, { reason = rejected, event = 'lead.registered', data = {} } = {}) {
      await redis.hset(toKey(id), { failedReason: reason, name: event, data: JSON.stringify(data) })
      await redis.zadd(toKey('failed'), failedAt, id)
    },
    async retry(id: string) {
      await redis.zrem(toKey('failed'), id)
    },
    count: async (): Promise<number> => redis.zcard(toKey('failed')),
    toKey,
  }
}

/** The commands that a connection sends while `work` runs. */
async function commandsOf(own: Redis, work: () => Promise<unknown>): Promise<readonly string[]> {
  const sent: string[] = []
  const send = own.sendCommand.bind(own)
  own.sendCommand = (command, stream) => {
    sent.push(command.name)
    return send(command, stream)
  }
  await work()
  own.sendCommand = send
  return sent
}

test('what a failed job says is read once, and again after it has failed anew', async () => {
  const { of, fail, retry } = openQueue()
  await fail('one', 1000)
  await fail('two', 2000, { reason: 'stalled more than allowed' })
  const failedJobs = createFailedJobs(redis)
  const two = { id: 'two', failedAt: 2000, code: 'WITHOUT_CODE', reason: 'stalled more than allowed' }
  const one = { id: 'one', failedAt: 1000, code: 'CRM_REJECTED', reason: rejected, event: 'lead.registered' }
  expect(await failedJobs.read(of)).toMatchObject({ whole: true, jobs: [two, one] })
  expect(await commandsOf(redis, () => failedJobs.read(of))).toEqual(['zrevrange'])

  await retry('one')
  expect((await failedJobs.read(of)).jobs).toMatchObject([two])
  await fail('one', 3000, { reason: 'CRM_CONFLICT: x' })
  const read = await commandsOf(redis, async () => {
    expect((await failedJobs.read(of)).jobs).toMatchObject([{ id: 'one', failedAt: 3000, code: 'CRM_CONFLICT' }, two])
  })
  expect(read).toEqual(['zrevrange', 'hmget'])
})

test('several who ask at once, before anything is known, have each job read once', async () => {
  const { of, fail } = openQueue()
  for (let at = 1; at <= 20; at += 1) await fail(`job-${at}`, at)
  const failedJobs = createFailedJobs(redis)
  const sent = await commandsOf(redis, async () => {
    const read = await Promise.all(Array.from({ length: 5 }, () => failedJobs.read(of)))
    expect(read.map(({ jobs }) => jobs.length)).toEqual([20, 20, 20, 20, 20])
  })
  expect(sent.filter(name => name === 'hmget')).toHaveLength(20)
})

test('a bounded number of jobs is read at a time, over all queues', async () => {
  const queues = [openQueue(), openQueue('rd-station')]
  for (const { of, toKey } of queues) {
    const ids = Array.from({ length: 700 }, (_, index) => `job-${index}`)
    await redis.zadd(of.queue.toKey('failed'), ...ids.flatMap((id, index) => [index, id]))
    await Promise.all(ids.map(id => redis.hset(toKey(id), { failedReason: rejected, name: 'lead.registered' })))
  }
  const failedJobs = createFailedJobs(redis)
  let [now, most] = [0, 0]
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, stream) => {
    if (command.name === 'hmget') {
      most = Math.max(most, (now += 1))
      void command.promise.finally(() => (now -= 1))
    }
    return send(command, stream)
  }
  const read = await Promise.all(queues.map(({ of }) => failedJobs.read(of)))
  redis.sendCommand = send
  expect(read.map(({ jobs }) => jobs.length)).toEqual([700, 700])
  expect(most).toBeLessThanOrEqual(500)
})

test('of the marks of an opportunity only the newest failure is given; what makes no mark counts by itself', async () => {
  const { of, fail } = openQueue('rd-station')
  const data = { opportunityId: 'opp-1' }
  await fail('old', 1000, { event: 'opportunity.updated', data })
  await fail('noted', 1500, { event: 'opportunity.noted', data })
  await fail('new', 2000, { event: 'opportunity.updated', data })
  await fail('other', 3000, { event: 'opportunity.updated', data: { opportunityId: 'opp-2' } })
  const failedJobs = createFailedJobs(redis)
  for (const time of ['first', 'second'])
    expect(
      (await failedJobs.read(of)).jobs.map(({ id }) => id),
      time,
    ).toEqual(['other', 'new', 'noted'])
})

test('the newest are read when there are more than may be, and that says so; a removed job is left out', async () => {
  const { of, fail, toKey } = openQueue()
  for (let at = 1; at <= 5; at += 1) await fail(`job-${at}`, at)
  await redis.del(toKey('job-4'))
  const { jobs, whole } = await createFailedJobs(redis, { most: 3 }).read(of)
  expect(jobs.map(({ id }) => id)).toEqual(['job-5', 'job-3'])
  expect(whole).toBe(false)
  expect((await createFailedJobs(redis, { most: Number.POSITIVE_INFINITY }).read(of)).jobs).toHaveLength(4)
})

test('a Redis that does not answer is not taken for a queue without failures', async () => {
  const away = new Redis(inject('redisUrl'), { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null })
  const failedJobs = createFailedJobs(away)
  away.disconnect()
  await expect(failedJobs.read(openQueue().of)).rejects.toThrow('Connection is closed.')
})

test('a queue that is asked for twice is read once, and each queue is itself', async () => {
  const asked: string[] = []
  const reader = readOnce({
    read: async ({ queue }) => {
      asked.push(queue.name)
      return { jobs: [], whole: queue.name === 'one' }
    },
  })
  const of = (name: string) => ({ kind: 'totvs-crm', queue: { name, toKey: (type: string) => type } }) as const
  const read = await Promise.all(['one', 'two', 'one'].map(name => reader.read(of(name))))
  expect([asked, read.map(({ whole }) => whole)]).toEqual([
    ['one', 'two'],
    [true, false, true],
  ])
})
