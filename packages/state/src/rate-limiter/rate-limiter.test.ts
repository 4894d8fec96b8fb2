import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { createRateLimiter } from './rate-limiter.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const newLimiter = (callsPerMinute: number) => createRateLimiter(redis, `t-${crypto.randomUUID()}`, { callsPerMinute })
const patient = { maxWaitMs: 3_600_000 }

test('a backlog uses at least 97 % of the quota, evenly, and no minute has more calls than the quota', async () => {
  const limiter = newLimiter(120)
  const startedAt = performance.now()
  const slots: number[] = []
  for (let call = 0; call < 300; call++) {
    const { granted, waitMs } = await limiter.reserve('events', patient)
    expect(granted).toBe(true)
    slots.push(performance.now() - startedAt + waitMs)
  }
  const last = slots.at(-1) ?? 0
  expect((300 - 1) / (last / 60_000)).toBeGreaterThanOrEqual(0.97 * 120)
  for (const from of slots) {
    expect(slots.filter(slot => slot >= from && slot <= from + 60_000).length).toBeLessThanOrEqual(120)
  }
})

test('two workers share one quota, and the two quotas are apart', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const [one, two] = [
    createRateLimiter(redis, tenant, { callsPerMinute: 1 }),
    createRateLimiter(redis, tenant, { callsPerMinute: 1 }),
  ]
  expect((await one.reserve('contacts', patient)).waitMs).toBeLessThanOrEqual(1)
  expect((await two.reserve('contacts', patient)).waitMs).toBeGreaterThan(30_000)
  expect((await two.reserve('events', patient)).waitMs).toBeLessThanOrEqual(1)
})

test('a slot that is too far away is not taken, and takes nothing from the others', async () => {
  const limiter = newLimiter(60)
  await limiter.reserve('events', patient)
  await limiter.reserve('events', patient)
  expect((await limiter.reserve('events', { maxWaitMs: 500 })).granted).toBe(false)
  const { granted, waitMs } = await limiter.reserve('events', patient)
  expect(granted).toBe(true)
  expect(waitMs).toBeLessThan(2100)
})

test('quota that was not used is not saved up', async () => {
  const tenant = `t-${crypto.randomUUID()}`
  const limiter = createRateLimiter(redis, tenant, { callsPerMinute: 1 })
  await redis.set(stateKey(tenant, 'rate-limiter', 'events'), Date.now() - 3_600_000)
  expect((await limiter.reserve('events', patient)).waitMs).toBeLessThanOrEqual(1)
  expect((await limiter.reserve('events', patient)).waitMs).toBeGreaterThan(30_000)
})

test('looking at the next free slot takes nothing', async () => {
  const limiter = newLimiter(1)
  expect(await limiter.peek('events')).toBe(0)
  await limiter.reserve('events', patient)
  expect(await limiter.peek('events')).toBeGreaterThan(30_000)
  expect(await limiter.peek('events')).toBeLessThanOrEqual(62_000)
  expect(await limiter.peek('contacts')).toBe(0)
})
