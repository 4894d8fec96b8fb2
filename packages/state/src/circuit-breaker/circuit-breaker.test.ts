import type { System } from '@ponte/contracts'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { stateKey } from '../redis/keys.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { blocks, readOpenBreakers } from './open-breakers.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const policy = { failureThreshold: 3, probeMs: 3_600_000, maxProbeMs: 7_200_000 }
/** Ends the pause of an open breaker. */
const endPause = (tenant: string, system: System) =>
  redis.hset(stateKey(tenant, 'circuit-breaker', system), 'until', Date.now() - 1)
const newTenant = (): string => `t-${crypto.randomUUID()}`
const outage = (jobId: string) =>
  ({ jobId, correlationKey: jobId, kind: 'read', code: 'RD_UNREACHABLE', outage: true }) as const
const hiccup = (jobId: string) =>
  ({ jobId, correlationKey: jobId, kind: 'read', code: 'RD_UNAVAILABLE', outage: false }) as const
const read = (jobId: string) => ({ jobId, kind: 'read' }) as const

test('a breaker opens after several failures in a row across jobs, and not before', async () => {
  const breaker = createCircuitBreaker(redis, newTenant(), policy)
  expect(await breaker.fail('rd-station', hiccup('a'))).toEqual({ kind: 'counted' })
  expect(await breaker.fail('rd-station', hiccup('b'))).toEqual({ kind: 'counted' })
  expect(await breaker.admit('rd-station', read('c'))).toEqual({ admitted: true, degraded: true, probing: false })
  expect((await breaker.fail('rd-station', hiccup('a'))).kind).toBe('opened')
  expect(await breaker.admit('rd-station', read('c'))).toMatchObject({ admitted: false, code: 'RD_UNAVAILABLE' })
  expect(await breaker.admit('totvs-crm', read('c'))).toEqual({ admitted: true, degraded: false, probing: false })
})

test('one job that fails again and again does not open the breaker, unless no answer came at all', async () => {
  const answering = createCircuitBreaker(redis, newTenant(), policy)
  for (let time = 0; time < 10; time++)
    expect(await answering.fail('rd-station', hiccup('a'))).toEqual({ kind: 'counted' })
  const silent = createCircuitBreaker(redis, newTenant(), policy)
  await silent.fail('rd-station', outage('a'))
  await silent.fail('rd-station', outage('a'))
  expect((await silent.fail('rd-station', outage('a'))).kind).toBe('opened')
})

test('however many jobs of one opportunity fail, they count as one; its failures are forgotten when it has failed permanently', async () => {
  const breaker = createCircuitBreaker(redis, newTenant(), policy)
  const round = (jobId: string) => ({ ...hiccup(jobId), correlationKey: 'opportunity' })
  for (const job of ['a', 'b', 'c', 'd'])
    expect(await breaker.fail('rd-station', round(job))).toEqual({ kind: 'counted' })
  await breaker.resetFailures('opportunity')
  expect(await breaker.fail('rd-station', hiccup('other'))).toEqual({ kind: 'counted' })
  await breaker.resetFailures('opportunity')
  await breaker.fail('rd-station', hiccup('other'))
  expect((await breaker.fail('rd-station', hiccup('third'))).kind).toBe('opened')
})

test('a breaker opens for a system that answers reads and refuses writes, until a write gets through', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, policy)
  const change = (jobId: string) => ({ jobId, kind: 'write' }) as const
  for (const job of ['a', 'b', 'c']) {
    await breaker.succeed('totvs-crm', read(job))
    await breaker.fail('totvs-crm', { ...hiccup(job), kind: 'write' })
  }
  expect((await breaker.admit('totvs-crm', change('d'))).admitted).toBe(false)
  await endPause(tenant, 'totvs-crm')
  expect((await breaker.admit('totvs-crm', change('d'))).admitted).toBe(true)
  expect(await breaker.succeed('totvs-crm', read('d'))).toBe(false)
  expect((await breaker.admit('totvs-crm', change('e'))).admitted).toBe(false)
  expect(await breaker.succeed('totvs-crm', change('d'))).toBe(true)
})

/** A system that answers reads and refuses writes, with its breaker open for an hour. */
async function openRefusing() {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, {
    failureThreshold: 2,
    probeMs: 3_600_000,
    maxProbeMs: 3_600_000,
  })
  for (const job of ['a', 'b']) await breaker.fail('totvs-crm', { ...outage(job), kind: 'write' })
  return { tenant, breaker }
}

test('a system that refuses writes is read all the same, and no read is the probe', async () => {
  const { tenant, breaker } = await openRefusing()
  for (const job of ['c', 'd'])
    expect(await breaker.admit('totvs-crm', read(job))).toMatchObject({ admitted: true, probing: false })
  expect((await breaker.peek('totvs-crm', { jobId: 'c', kind: 'read' })).admitted).toBe(true)
  expect((await breaker.peek('totvs-crm', { jobId: 'c', kind: 'write' })).admitted).toBe(false)
  const [open] = await readOpenBreakers(redis, tenant)
  expect(open && [blocks(open, 'totvs-crm'), blocks(open, 'rd-station')]).toEqual([true, false])
})

test('a breaker that writes opened stops reads as well once the system no longer answers', async () => {
  const { tenant, breaker } = await openRefusing()
  expect(await breaker.fail('totvs-crm', outage('c'))).toEqual({ kind: 'counted' })
  expect((await breaker.fail('totvs-crm', outage('d'))).kind).toBe('opened')
  expect((await breaker.admit('totvs-crm', read('e'))).admitted).toBe(false)
  const [open] = await readOpenBreakers(redis, tenant)
  expect(open && [blocks(open, 'totvs-crm'), blocks(open, 'rd-station')]).toEqual([true, true])
})

test('a breaker that writes opened closes by itself when there is nothing left to write', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, { failureThreshold: 1, probeMs: 1000, maxProbeMs: 20_000 })
  await breaker.fail('totvs-crm', { ...outage('a'), kind: 'write' })
  const life = await redis.pttl(stateKey(tenant, 'circuit-breaker', 'totvs-crm'))
  expect(life).toBeGreaterThan(35_000)
  expect(life).toBeLessThanOrEqual(41_000)
})

test('a probe that was killed gives way to another after its time, 30 seconds, and not before', async () => {
  const tenant = newTenant()
  const opening = { failureThreshold: 1, probeMs: 1, maxProbeMs: 1 }
  const breaker = createCircuitBreaker(redis, tenant, opening)
  await breaker.fail('rd-station', outage('a'))
  await expect.poll(() => breaker.admit('rd-station', read('killed'))).toMatchObject({ probing: true })
  expect(await breaker.admit('rd-station', read('next'))).toMatchObject({ admitted: false })
  const [probeUntil, until] = await redis.hmget(
    stateKey(tenant, 'circuit-breaker', 'rd-station'),
    'probeUntil',
    'until',
  )
  expect(Number(probeUntil) - Number(until)).toBeGreaterThanOrEqual(30_000)
  expect(Number(probeUntil) - Number(until)).toBeLessThan(40_000)

  await redis.hset(stateKey(tenant, 'circuit-breaker', 'rd-station'), 'probeUntil', Date.now() - 1)
  expect(await breaker.admit('rd-station', read('next'))).toMatchObject({ admitted: true, probing: true })
})

test('a probe that ended without an answer is replaced at once', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, policy)
  for (const job of ['a', 'b', 'c']) await breaker.fail('rd-station', outage(job))
  await endPause(tenant, 'rd-station')
  expect(await breaker.admit('rd-station', read('d'))).toMatchObject({ admitted: true, probing: true })
  expect(await breaker.admit('rd-station', read('e'))).toMatchObject({ admitted: false })
  await breaker.releaseProbe('rd-station', 'e')
  expect(await breaker.admit('rd-station', read('e'))).toMatchObject({ admitted: false })
  await breaker.releaseProbe('rd-station', 'd')
  expect(await breaker.admit('rd-station', read('e'))).toMatchObject({ admitted: true, probing: true })
})

test('a success between the failures starts the count anew', async () => {
  const breaker = createCircuitBreaker(redis, newTenant(), policy)
  await breaker.fail('rd-station', outage('a'))
  await breaker.fail('rd-station', outage('b'))
  expect(await breaker.succeed('rd-station', read('a'))).toBe(false)
  expect(await breaker.fail('rd-station', outage('c'))).toEqual({ kind: 'counted' })
})

test('when the pause is over one job probes, the others wait; its success closes the breaker, its failure doubles the pause', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, policy)
  for (const job of ['a', 'b', 'c']) await breaker.fail('rd-station', outage(job))
  await endPause(tenant, 'rd-station')
  expect((await breaker.admit('rd-station', read('probe'))).admitted).toBe(true)
  expect((await breaker.admit('rd-station', read('other'))).admitted).toBe(false)
  expect((await breaker.admit('rd-station', read('probe'))).admitted).toBe(true)

  expect(await breaker.fail('rd-station', outage('probe'))).toEqual({ kind: 'extended', waitMs: 7_200_000 })
  await endPause(tenant, 'rd-station')
  expect((await breaker.admit('rd-station', read('other'))).admitted).toBe(true)
  expect(await breaker.succeed('rd-station', read('other'))).toBe(true)
  expect(await breaker.admit('rd-station', read('any'))).toEqual({ admitted: true, degraded: false, probing: false })
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
})

test('the pause never grows beyond its limit', async () => {
  const breaker = createCircuitBreaker(redis, newTenant(), { failureThreshold: 1, probeMs: 1, maxProbeMs: 3 })
  await breaker.fail('rd-station', outage('a'))
  const pauses: number[] = []
  while (pauses.length < 4) {
    await expect.poll(async () => (await breaker.admit('rd-station', read('a'))).admitted).toBe(true)
    const effect = await breaker.fail('rd-station', outage('a'))
    if (effect.kind !== 'counted') pauses.push(effect.waitMs)
  }
  expect(pauses).toEqual([2, 3, 3, 3])
})

test('a throttled system is not called for as long as it asked, is shown as open, and then everybody goes on', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, policy)
  const throttled = { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 } as const
  expect((await breaker.throttle('rd-station', throttled)).kind).toBe('opened')
  expect((await breaker.throttle('rd-station', { ...throttled, waitMs: 20_000 })).kind).toBe('extended')
  const [open] = await readOpenBreakers(redis, tenant)
  expect(open).toMatchObject({ system: 'rd-station', reason: 'throttled', code: 'RD_QUOTA_EXCEEDED' })
  expect((open?.until ?? 0) - (open?.since ?? 0)).toBeGreaterThanOrEqual(59_000)
  expect((await breaker.admit('rd-station', read('a'))).admitted).toBe(false)
  await endPause(tenant, 'rd-station')
  expect((await breaker.admit('rd-station', read('a'))).admitted).toBe(true)
  expect((await breaker.admit('rd-station', read('b'))).admitted).toBe(true)
})

test('a success that was under way neither ends a throttle nor closes a breaker that it does not probe', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, { failureThreshold: 1, probeMs: 60_000, maxProbeMs: 60_000 })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  await breaker.fail('totvs-crm', outage('a'))
  expect(await breaker.succeed('rd-station', read('b'))).toBe(false)
  expect(await breaker.succeed('totvs-crm', read('a'))).toBe(false)
  expect(await readOpenBreakers(redis, tenant)).toHaveLength(2)
})

test('a failure of a call that began before the breaker opened neither takes the probe away nor makes the pause longer', async () => {
  const breaker = createCircuitBreaker(redis, newTenant(), { failureThreshold: 1, probeMs: 50, maxProbeMs: 60_000 })
  await breaker.fail('rd-station', outage('a'))
  await expect.poll(async () => (await breaker.admit('rd-station', read('probe'))).admitted).toBe(true)
  expect((await breaker.fail('rd-station', outage('straggler'))).kind).toBe('extended')
  expect((await breaker.admit('rd-station', read('probe'))).admitted).toBe(true)
  expect(await breaker.fail('rd-station', outage('probe'))).toEqual({ kind: 'extended', waitMs: 100 })
})

test('a failure after a throttle has run out begins a count of its own', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, { failureThreshold: 2, probeMs: 50, maxProbeMs: 60_000 })
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 1 })
  await expect.poll(async () => (await breaker.peek('rd-station', { jobId: 'a', kind: 'write' })).admitted).toBe(true)
  expect(await breaker.fail('rd-station', outage('a'))).toEqual({ kind: 'counted' })
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
})

test('to peek does not make a job the probe', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, { ...policy, failureThreshold: 1 })
  await breaker.fail('rd-station', outage('a'))
  expect((await breaker.peek('rd-station', { jobId: 'b', kind: 'write' })).admitted).toBe(false)
  await endPause(tenant, 'rd-station')
  expect((await breaker.peek('rd-station', { jobId: 'b', kind: 'write' })).admitted).toBe(true)
  expect((await breaker.admit('rd-station', read('probe'))).admitted).toBe(true)
  expect((await breaker.peek('rd-station', { jobId: 'b', kind: 'write' })).admitted).toBe(false)
})

test('no breaker stays in Redis for ever', async () => {
  const tenant = newTenant()
  const breaker = createCircuitBreaker(redis, tenant, policy)
  await breaker.fail('totvs-crm', outage('a'))
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 1000 })
  const keys = await redis.keys(`{${tenant}}:*`)
  expect(keys).toHaveLength(2)
  for (const key of keys) expect(await redis.pttl(key)).toBeGreaterThan(0)
})
