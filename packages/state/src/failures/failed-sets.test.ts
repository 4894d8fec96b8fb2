import { randomUUID } from 'node:crypto'
import { codeOfReason } from '@ponte/contracts'
import * as fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { createFailedSets } from './failed-sets.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

interface Failing {
  readonly at: number
  readonly reason?: string
  readonly event?: string
  readonly opportunityId?: string | undefined
}

/** A queue as BullMQ keeps it, with failed jobs only. */
function openQueue() {
  const tenant = `t-${randomUUID().slice(0, 8)}`
  const toKey = (part: string): string => `{${tenant}}:${tenant}.rd-station:${part}`
  const sets = createFailedSets(redis, tenant, { kind: 'rd-station', toKey })
  async function fail(
    id: string,
    { at, reason = 'RD_REJECTED: x', event = 'opportunity.won', opportunityId }: Failing,
  ) {
    const data = JSON.stringify({ key: id, opportunityId })
    await redis
      .multi()
      .hset(toKey(id), { failedReason: reason, name: event, data })
      .zadd(toKey('failed'), at, id)
      .exec()
  }
  /** Fails jobs in as few steps as Redis takes. */
  async function failMany(count: number, at: (index: number) => number, reason = 'RD_REJECTED: x') {
    const filling = redis.pipeline()
    for (let index = 0; index < count; index += 1)
      filling
        .hset(toKey(`many-${index}`), { failedReason: reason, name: 'opportunity.noted', data: '{}' })
        .zadd(toKey('failed'), at(index), `many-${index}`)
    await filling.exec()
  }
  /** A person retries it, or a worker has done it. */
  const leave = (id: string) => redis.zrem(toKey('failed'), id)
  /** What must be counted, from all failed jobs one by one. */
  async function bruteForce() {
    const seen = new Set<string>()
    const newest: { id: string; cause: string }[] = []
    for (const id of await redis.zrevrange(toKey('failed'), 0, -1)) {
      const [reason, event = '', data] = await redis.hmget(toKey(id), 'failedReason', 'name', 'data')
      const { opportunityId } = JSON.parse(data ?? '{}') as { opportunityId?: string }
      const isMark = event !== 'opportunity.noted' && opportunityId !== undefined
      if (isMark && seen.has(opportunityId)) continue
      if (isMark) seen.add(opportunityId)
      newest.push({ id, cause: `${codeOfReason(reason)} ${event}` })
    }
    return newest
  }
  return { tenant, toKey, sets, fail, failMany, leave, bruteForce }
}

type OpenQueue = ReturnType<typeof openQueue>

async function countsOf({ sets }: OpenQueue, since?: number) {
  return Object.fromEntries((await sets.count(since)).map(({ code, event, count }) => [`${code} ${event}`, count]))
}

const job = fc.nat({ max: 11 })
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('fail' as const),
      job,
      opportunity: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
      event: fc.constantFrom('opportunity.won', 'opportunity.lost', 'opportunity.noted'),
      reason: fc.constantFrom('RD_REJECTED: x', 'RD_REJECTED', 'CRM_CONFLICT: y', 'job stalled', 'NO_SUCH: z'),
      // Clocks of several machines: some failures come with an earlier time, or with the same one.
      at: fc.nat({ max: 20 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('retry' as const, 'remove' as const), job }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('read' as const, 'compare' as const, 'clean' as const) }) },
)

test('whatever failed, was retried, failed again, was removed or cleaned: the sets have what a look at each failed job finds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async steps => {
      const queue = openQueue()
      const times = new Set<string>()
      for (const [index, next] of steps.entries()) {
        if (next.do === 'fail') {
          let at = 1000 + next.at + index
          // Between two failures of one job it has run, which takes time.
          while (times.has(`${next.job} ${at}`)) at += 1
          times.add(`${next.job} ${at}`)
          await queue.fail(`job-${next.job}`, {
            ...{ at, reason: next.reason, event: next.event },
            opportunityId: next.opportunity === undefined ? undefined : `o-${next.opportunity}`,
          })
        } else if (next.do === 'retry') await queue.leave(`job-${next.job}`)
        else if (next.do === 'remove') {
          await queue.leave(`job-${next.job}`)
          await redis.del(queue.toKey(`job-${next.job}`))
        } else if (next.do === 'clean') await redis.del(queue.toKey('failed'))
        else if (next.do === 'compare') await queue.sets.compare()
        else await queue.sets.count()
      }
      const newest = await queue.bruteForce()
      const causes = Map.groupBy(newest, ({ cause }) => cause)
      expect(await countsOf(queue)).toEqual(Object.fromEntries([...causes].map(([cause, own]) => [cause, own.length])))
      const counts = await queue.sets.count()
      expect((await queue.sets.newest(counts, {}, { most: 100 })).map(({ id }) => id)).toEqual(
        newest.map(({ id }) => id),
      )
      expect(await queue.sets.ids(counts, {})).toEqual(newest.map(({ id }) => id).toReversed())
      // What is gone leaves nothing behind.
      await redis.del(queue.toKey('failed'))
      await queue.sets.count()
      expect(await redis.keys(`${stateKey(queue.tenant, 'failed')}*`)).toEqual([])
    }),
    { numRuns: inject('isLongRun') ? 1000 : 60 },
  )
})

test('10,500 failures are counted, and so is each that leaves from among them or comes again', async () => {
  const queue = openQueue()
  await queue.failMany(10_500, index => 1000 + index)
  expect(await countsOf(queue)).toEqual({ 'RD_REJECTED opportunity.noted': 10_500 })
  for (const id of ['many-3', 'many-5000', 'many-5001', 'many-10499']) await queue.leave(id)
  expect(await countsOf(queue)).toEqual({ 'RD_REJECTED opportunity.noted': 10_496 })
  // One leaves, and another comes: there are as many as before.
  await queue.leave('many-7000')
  await queue.fail('many-3', { at: 20_000, event: 'opportunity.noted', reason: 'CRM_CONFLICT: x' })
  expect(await countsOf(queue)).toEqual({
    'RD_REJECTED opportunity.noted': 10_495,
    'CRM_CONFLICT opportunity.noted': 1,
  })
  expect(await queue.sets.ids(await queue.sets.count(), {})).toHaveLength(10_496)
})

test('one of the newest that is retried and fails again for another cause is counted for that', async () => {
  const queue = openQueue()
  await queue.failMany(300, index => 1000 + index)
  await queue.sets.count()
  await queue.fail('many-250', { at: 2000, event: 'opportunity.noted', reason: 'CRM_CONFLICT: x' })
  expect(await countsOf(queue)).toEqual({
    'RD_REJECTED opportunity.noted': 299,
    'CRM_CONFLICT opportunity.noted': 1,
  })
})

test('thousands that failed in the same millisecond are counted, and so is what leaves from among them', async () => {
  const queue = openQueue()
  await queue.failMany(1200, () => 5000)
  await queue.fail('later', { at: 6000 })
  await queue.fail('earlier', { at: 4000 })
  await queue.sets.count()
  await queue.leave('many-600')
  expect(await countsOf(queue)).toEqual({ 'RD_REJECTED opportunity.noted': 1199, 'RD_REJECTED opportunity.won': 2 })
})

test('what a wrong clock hides between old failures is found when all are compared', async () => {
  const queue = openQueue()
  await queue.failMany(1500, index => 1000 + index)
  await queue.sets.count()
  await queue.leave('many-700')
  await queue.fail('hidden', { at: 1700, event: 'opportunity.noted', reason: 'CRM_CONFLICT: x' })
  await queue.sets.compare()
  expect(await countsOf(queue)).toEqual({
    'RD_REJECTED opportunity.noted': 1499,
    'CRM_CONFLICT opportunity.noted': 1,
  })
})

test('a job that failed again in the same millisecond, by a clock that was set back, is counted for its cause once all are compared', async () => {
  const queue = openQueue()
  await queue.fail('one', { at: 5 })
  await queue.sets.count()
  await queue.fail('one', { at: 5, reason: 'CRM_CONFLICT: x' })
  await queue.sets.compare()
  expect(await countsOf(queue)).toEqual({ 'CRM_CONFLICT opportunity.won': 1 })
})

test('a page is a part of all, the newest first; a time leaves out what failed before or after it', async () => {
  const queue = openQueue()
  for (let at = 1; at <= 6; at += 1)
    await queue.fail(`job-${at}`, { at, event: at % 2 === 0 ? 'opportunity.won' : 'opportunity.lost' })
  const counts = await queue.sets.count()
  const newest = async (choice: object, page: { skip?: number; most: number }) =>
    (await queue.sets.newest(counts, choice, page)).map(({ id }) => id)
  expect(await newest({}, { most: 2 })).toEqual(['job-6', 'job-5'])
  expect(await newest({}, { skip: 2, most: 3 })).toEqual(['job-4', 'job-3', 'job-2'])
  expect(await newest({ event: 'opportunity.won' }, { skip: 1, most: 5 })).toEqual(['job-4', 'job-2'])
  expect(await newest({ since: 3, until: 5 }, { most: 5 })).toEqual(['job-5', 'job-4', 'job-3'])
  expect(await newest({ code: 'CRM_REJECTED' }, { most: 5 })).toEqual([])
  expect(await countsOf(queue, 5)).toEqual({ 'RD_REJECTED opportunity.won': 1, 'RD_REJECTED opportunity.lost': 1 })
  expect(await queue.sets.ids(counts, { until: 3 })).toEqual(['job-1', 'job-2', 'job-3'])
})

test('where the marks of opportunities are lost, each failure still leaves with its job', async () => {
  const queue = openQueue()
  await queue.fail('one', { at: 1, opportunityId: 'o' })
  await queue.fail('two', { at: 2, opportunityId: 'o' })
  await queue.sets.count()
  await redis.del(stateKey(queue.tenant, 'failed', 'rd-station:marks'))
  await queue.fail('three', { at: 3, opportunityId: 'o' })
  await queue.sets.count()
  for (const id of ['one', 'two', 'three']) await queue.leave(id)
  expect(await countsOf(queue)).toEqual({})
  expect(await redis.keys(`${stateKey(queue.tenant, 'failed')}*`)).toEqual([])
})

test('a queue in which nothing has failed costs one command', async () => {
  const { sets } = openQueue()
  await redis.ping()
  const sent = vi.spyOn(redis, 'sendCommand')
  onTestFinished(() => sent.mockRestore())
  expect(await sets.count()).toEqual([])
  await sets.compare()
  expect(sent.mock.calls.map(([{ name }]) => name)).toEqual(['exists', 'exists'])
})

test('sets that are lost in part are made anew', async () => {
  const queue = openQueue()
  await queue.fail('one', { at: 1, opportunityId: 'o' })
  await queue.fail('two', { at: 2, opportunityId: 'o' })
  await queue.sets.count()
  for (const part of ['rd-station', 'rd-station:jobs', 'rd-station:causes']) {
    await redis.del(stateKey(queue.tenant, 'failed', part))
    expect(await countsOf(queue), part).toEqual({ 'RD_REJECTED opportunity.won': 1 })
  }
})
