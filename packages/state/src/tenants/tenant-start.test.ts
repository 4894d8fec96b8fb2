import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { keepTenantStarts, readTenantStart } from './tenant-start.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
let tenant: string
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
})

test('the first process that asks fixes the start of a tenant for all that follow', async () => {
  const before = Date.now()
  const starts = await Promise.all(Array.from({ length: 5 }, () => readTenantStart(redis, tenant)))
  expect(new Set(starts).size).toBe(1)
  expect(Math.abs((starts[0] ?? 0) - before)).toBeLessThan(60_000)
  await redis.set(stateKey(tenant, 'start'), '1772712000000')
  expect(await readTenantStart(redis, tenant)).toBe(1_772_712_000_000)
})

test('the start is kept as soon as there is a connection, and again after the next one when Redis came back empty', async () => {
  const own = new Redis(inject('redisUrl'), { lazyConnect: true })
  keepTenantStarts(own, { current: () => [{ name: tenant }], onChange: () => undefined })
  await own.connect()
  const isKept = () => redis.exists(stateKey(tenant, 'start'))
  await expect.poll(isKept).toBe(1)
  await redis.del(stateKey(tenant, 'start'))
  own.disconnect(true)
  await expect.poll(isKept).toBe(1)
  own.disconnect()
})

test('a start that Redis refused to keep is kept soon after, on the same connection', async () => {
  const own = new Redis(inject('redisUrl'), { lazyConnect: true })
  vi.spyOn(own, 'evalsha').mockRejectedValueOnce(new Error('OOM command not allowed'))
  keepTenantStarts(own, { current: () => [{ name: tenant }], onChange: () => undefined })
  await own.connect()
  await expect.poll(() => redis.exists(stateKey(tenant, 'start'))).toBe(1)
  own.disconnect()
})
