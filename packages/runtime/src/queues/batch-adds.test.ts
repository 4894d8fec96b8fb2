import { randomUUID } from 'node:crypto'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { isRedisTrouble } from '../redis/is-redis-trouble.ts'
import { createLogger } from '../telemetry/logger.ts'
import { queueName, queuePrefix } from './queue-names.ts'
import { openQueues } from './queues.ts'

const redis = new Redis(inject('redisUrl'))
const closing: (() => Promise<unknown>)[] = []
afterAll(async () => {
  await Promise.all(closing.map(close => close()))
  redis.disconnect()
})

/** The queues of a new tenant, as processes open them. */
function open(connection = redis) {
  const tenant = `t-${randomUUID().slice(0, 8)}`
  const queues = openQueues([{ name: tenant }], connection, createLogger({ level: 'silent', process: 'test' }))
  closing.push(() => queues.close())
  return { tenant, queue: queues.of(tenant)['totvs-crm'], other: queues.of(tenant)['rd-station'] }
}

const options = (key: string) => ({ jobId: `job-${key}`, deduplication: { id: key, ttl: 60_000 } })

/** The commands that were sent to Redis while `work` ran. */
async function commandsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent = vi.spyOn(redis, 'sendCommand')
  await work()
  const names = sent.mock.calls.map(([{ name }]) => name.toLowerCase())
  sent.mockRestore()
  return names
}

test('jobs that are added together are one command for each queue', async () => {
  const { queue, other } = open()
  await queue.waitUntilReady()
  await queue.add('first', {}, options('first'))
  const adds = () =>
    Promise.all(
      ['a', 'b', 'c'].flatMap(key => [queue.add('n', { key }, options(key)), other.add('n', { key }, options(key))]),
    )
  const commands = await commandsOf(adds)
  expect(commands.filter(command => command === 'evalsha' || command === 'eval')).toHaveLength(2)
  expect(await queue.getJobCountByTypes('waiting')).toBe(4)
  expect(await other.getJobCountByTypes('waiting')).toBe(3)
})

test('a job that is added with others stands in Redis as one that BullMQ adds alone, with its owner', async () => {
  const { tenant, queue } = open()
  const name = queueName(tenant, 'rd-station')
  const plain = new Queue(name, { connection: redis, prefix: queuePrefix(tenant), skipVersionCheck: true })
  closing.push(() => plain.close())
  const timestamp = Date.now()
  const add = (to: Queue) => (data: { readonly key: string; readonly owner?: string }) =>
    to.add('n', data, { ...options(data.key), timestamp, attempts: 3, backoff: { type: 'ponte' } })
  await Promise.all(['a', 'b', 'a'].map(key => add(queue)({ key })))
  for (const key of ['a', 'b', 'a']) await add(plain)({ owner: 'ponte', key })

  for (const key of ['a', 'b']) {
    const [together, alone] = await Promise.all([queue, plain].map(each => redis.hgetall(each.toKey(`job-${key}`))))
    expect(together).toEqual(alone)
    expect(Object.keys(together ?? {})).toContain('data')
  }
  expect(await redis.lrange(queue.toKey('wait'), 0, -1)).toEqual(await redis.lrange(plain.toKey('wait'), 0, -1))
})

test('each of them is confirmed by itself: a repeat names the first job, and what Redis refuses spoils no other', async () => {
  const { queue } = open()
  const first = await queue.add('n', {}, options('known'))
  await redis.rpush(queue.toKey('de:bad'), 'not a text')
  const results = await Promise.allSettled([
    queue.add('n', {}, options('a')),
    queue.add('n', {}, { ...options('known'), jobId: 'another' }),
    queue.add('n', {}, options('bad')),
    queue.add('n', {}, options('b')),
  ])
  expect(results.map(result => (result.status === 'fulfilled' ? result.value.id : 'refused'))).toEqual([
    ...['job-a', first.id, 'refused', 'job-b'],
  ])
  expect(await queue.getJobs(['waiting'])).toHaveLength(3)
})

test('jobs with a delay or a priority, and what else a queue does, go to Redis as ever', async () => {
  const { queue } = open()
  await Promise.all([
    queue.add('n', {}, { ...options('delayed'), delay: 60_000 }),
    queue.add('n', {}, { ...options('prior'), priority: 2 }),
    queue.add('n', {}, options('plain')),
  ])
  expect(await queue.getJobCounts('waiting', 'delayed', 'prioritized')).toEqual({
    waiting: 1,
    delayed: 1,
    prioritized: 1,
  })
})

test('a job that waits behind others fails with them when Redis does not answer, as trouble of Redis', async () => {
  const commandTimeout = 4000
  const hanging = new Redis(inject('redisUrl'), { commandTimeout })
  onTestFinished(() => hanging.disconnect())
  const { queue } = open(hanging)
  await queue.add('n', {}, options('before'))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const sent = vi.spyOn(hanging, 'evalsha').mockReturnValue(new Promise(() => undefined))
  const first = queue.add('n', {}, options('first'))
  await expect.poll(() => sent.mock.calls.length).toBe(1)
  const second = queue.add('n', {}, options('second'))
  const ends = Promise.allSettled([first, second])
  await vi.advanceTimersByTimeAsync(commandTimeout)
  for (const end of await ends)
    expect(end).toMatchObject({ status: 'rejected', reason: { message: 'redis did not answer in time' } })
  for (const end of await ends) expect(end.status === 'rejected' && isRedisTrouble(end.reason)).toBe(true)
})
