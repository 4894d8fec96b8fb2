import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeEach, expect, inject, test } from 'vitest'
import { createSelfTests } from './self-tests.ts'

// A database of its own: requests are of no tenant, and the workers of other tests take them.
const redis = new Redis(inject('redisUrl'), { db: 9 })
afterAll(() => redis.disconnect())
afterEach(() => redis.del('ponte:self-tests'))

let tenant: string
let now: number
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  now = 1_000_000
})
const clock = (): number => now

test('a request is taken by one worker, and its result is kept for the page', async () => {
  const tests = createSelfTests(redis, clock)
  const subject = { tenant, system: 'totvs-crm' } as const
  expect(await tests.ask(subject)).toBe(true)
  expect(await tests.read(subject)).toEqual({ askedAt: now })
  expect(await tests.take(() => false)).toBeUndefined()
  expect(await tests.take(name => name === tenant)).toEqual(subject)
  expect(await tests.take(() => true)).toBeUndefined()
  now += 700
  await tests.conclude(subject, { durationMs: 120 })
  expect(await tests.readConnections(tenant)).toEqual({
    'totvs-crm': { askedAt: 1_000_000, endedAt: now, durationMs: 120 },
    'rd-station': undefined,
  })
})

test('a request that nobody took in a minute is dropped', async () => {
  const tests = createSelfTests(redis, clock)
  await tests.ask({ tenant, system: 'totvs-crm' })
  now += 61_000
  expect(await tests.take(() => true)).toBeUndefined()
})

test('nobody tests the same twice in a moment', async () => {
  const tests = createSelfTests(redis, clock)
  const subject = { tenant, system: 'rd-station' } as const
  expect(await tests.ask(subject)).toBe(true)
  now += 1000
  expect(await tests.ask(subject)).toBe(false)
  expect(await tests.ask({ tenant, system: 'totvs-crm' })).toBe(true)
  now += 60_000
  expect(await tests.ask(subject)).toBe(true)
})
