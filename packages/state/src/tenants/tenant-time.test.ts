import { HOUR_MS } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, beforeEach, expect, inject, test, vi } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { readOne } from '../redis/step.ts'
import { keepTenantTimes, readTenantTime, servedSince, tenantTimeOf, wasServed } from './tenant-time.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())
let tenant: string
let named: Parameters<typeof readTenantTime>[1]
beforeEach(() => {
  tenant = `t-${crypto.randomUUID()}`
  named = { name: tenant, settings: {} }
})

const startNow = async (): Promise<number> => (await readTenantTime(redis, named)).start

test('the first process that asks fixes the start of a tenant for all that follow', async () => {
  const before = Date.now()
  const starts = await Promise.all(Array.from({ length: 5 }, () => startNow()))
  expect(new Set(starts).size).toBe(1)
  expect(Math.abs((starts[0] ?? 0) - before)).toBeLessThan(60_000)
  await redis.set(stateKey(tenant, 'start'), '1772712000000')
  expect(await startNow()).toBe(1_772_712_000_000)
})

test('the start is kept as soon as there is a connection, and again after the next one when Redis came back empty', async () => {
  const own = new Redis(inject('redisUrl'), { lazyConnect: true })
  keepTenantTimes(own, { current: () => [named], onChange: () => undefined })
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
  keepTenantTimes(own, { current: () => [named], onChange: () => undefined })
  await own.connect()
  await expect.poll(() => redis.exists(stateKey(tenant, 'start'))).toBe(1)
  own.disconnect()
})

/** The tenant was served last so many hours ago. */
async function leave(hours: number): Promise<number> {
  const at = Date.now() - hours * HOUR_MS
  await redis.set(stateKey(tenant, 'served'), at)
  return at
}

test('a tenant that no process served for more than a week keeps its start, and was away until it was served again', async () => {
  const start = await startNow()
  expect(await readOne(redis, tenantTimeOf(tenant))).toEqual({ start, absences: [] })
  const left = await leave(8 * 24)
  const before = Date.now()
  const time = await readTenantTime(redis, named)
  const until = expect.closeTo(before, -5)
  expect(time).toEqual({ start, absences: [{ from: left + HOUR_MS, until }] })
  expect(servedSince(time)).toEqual(until)
  // Only the first process that serves it again finds that.
  expect(await readTenantTime(redis, named)).toEqual(time)
  expect(await readOne(redis, tenantTimeOf(tenant))).toEqual(time)
})

test('a shorter time is an outage, and so is one that the reconcile of the tenant looks back over', async () => {
  await startNow()
  await leave(7 * 24 - 1)
  expect((await readTenantTime(redis, named)).absences).toEqual([])
  const patient = { name: tenant, settings: { reconcile: { lookbackHours: 720 } } }
  await leave(8 * 24)
  expect((await readTenantTime(redis, patient)).absences).toEqual([])
  await leave(31 * 24)
  expect((await readTenantTime(redis, patient)).absences).toHaveLength(1)
})

test('what happened since the start, and in no absence, was served', () => {
  const time = {
    start: 100,
    absences: [
      { from: 200, until: 300 },
      { from: 400, until: 500 },
    ],
  }
  const served = [99, 100, 200, 201, 299, 300, 399, 401, 499, 500, 1000].filter(at => wasServed(time, at))
  expect(served).toEqual([100, 200, 300, 399, 500, 1000])
  expect([servedSince(time), servedSince({ start: 100, absences: [] })]).toEqual([500, 100])
})
