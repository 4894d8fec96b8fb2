import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { createCredentialRefusals } from './credential-refusals.ts'
import { readOpenBreakers, probeSystemNow } from './open-breakers.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const MINUTE = 60_000
const pauses = { probeMs: MINUTE, maxProbeMs: 10 * MINUTE }
const outage = (jobId: string) =>
  ({ jobId, correlationKey: jobId, kind: 'read', code: 'CRM_UNAVAILABLE', outage: true, status: 503 }) as const
const read = (jobId: string) => ({ jobId, kind: 'read' }) as const
const refused = { credential: 'a', correlationKey: 's', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const

function open() {
  const tenant = `t-${crypto.randomUUID()}`
  return {
    tenant,
    breaker: createCircuitBreaker(redis, tenant, { failureThreshold: 1, ...pauses }),
    refusals: createCredentialRefusals(redis, tenant, pauses),
    probeNow: () => probeSystemNow(redis, tenant, 'totvs-crm'),
  }
}

test('a check by hand lets one job probe at once, and says which one probed last', async () => {
  const { breaker, probeNow } = open()
  await breaker.fail('totvs-crm', outage('first'))
  expect(await breaker.admit('totvs-crm', read('a'))).toMatchObject({ admitted: false })
  expect(await probeNow()).toEqual({ kind: 'now', lastJob: 'first' })
  expect(await breaker.admit('totvs-crm', read('a'))).toMatchObject({ admitted: true, probing: true })
  expect(await breaker.admit('totvs-crm', read('b'))).toMatchObject({ admitted: false })
  expect(await probeNow()).toEqual({ kind: 'probing' })
  expect(await breaker.admit('totvs-crm', read('b'))).toMatchObject({ admitted: false })
  expect(await breaker.succeed('totvs-crm', read('a'))).toBe(true)
  expect(await probeNow()).toEqual({ kind: 'closed' })
})

test('a check by hand that fails makes no pause longer, and spends no attempt', async () => {
  const { breaker, probeNow } = open()
  await breaker.fail('totvs-crm', outage('first'))
  for (const job of ['a', 'b', 'c']) {
    expect(await probeNow()).toMatchObject({ kind: 'now' })
    await breaker.admit('totvs-crm', read(job))
    expect(await breaker.fail('totvs-crm', outage(job))).toEqual({ kind: 'extended', waitMs: MINUTE })
  }
  expect(await probeNow()).toEqual({ kind: 'now', lastJob: 'c' })
})

test('a system that said how long to wait is not asked earlier', async () => {
  const { tenant, breaker, probeNow } = open()
  await breaker.throttle('totvs-crm', { code: 'CRM_THROTTLED', waitMs: MINUTE })
  const before = await readOpenBreakers(redis, tenant)
  expect(await probeNow()).toEqual({ kind: 'throttled' })
  expect(await readOpenBreakers(redis, tenant)).toEqual(before)
  expect(await breaker.admit('totvs-crm', read('a'))).toMatchObject({ admitted: false })
})

test('a refused credential is tried once by hand, and not again within a minute; its pause grows no faster', async () => {
  const { refusals, probeNow } = open()
  await refusals.refuse('totvs-crm', refused)
  expect(await probeNow()).toEqual({ kind: 'now' })
  expect(await refusals.takeProbe('totvs-crm', { credential: 'a', jobId: 'one' })).toMatchObject({ admitted: true })
  expect(await refusals.takeProbe('totvs-crm', { credential: 'a', jobId: 'other' })).toMatchObject({ admitted: false })
  expect(await probeNow()).toEqual({ kind: 'probing' })
  expect(await refusals.refuse('totvs-crm', refused)).toEqual({ kind: 'extended', waitMs: MINUTE })
  expect(await probeNow()).toEqual({ kind: 'recent' })
  expect(await refusals.peek('totvs-crm', { credential: 'a', jobId: 'one' })).toMatchObject({ admitted: false })
})

test('of several credentials the newest is tried, whatever became of older ones', async () => {
  const { refusals, probeNow } = open()
  await refusals.refuse('totvs-crm', refused)
  await refusals.announce('totvs-crm', 'b')
  await refusals.refuse('totvs-crm', refused)
  expect(await probeNow()).toEqual({ kind: 'closed' })
  await refusals.refuse('totvs-crm', { ...refused, credential: 'b' })
  expect(await probeNow()).toEqual({ kind: 'now' })
  expect(await refusals.peek('totvs-crm', { credential: 'b', jobId: 'one' })).toMatchObject({ admitted: true })
  expect(await refusals.peek('totvs-crm', { credential: 'a', jobId: 'one' })).toMatchObject({ admitted: false })
})

test('an open breaker knows the status of the last answer that failed, where there was one', async () => {
  const { tenant, breaker } = open()
  await breaker.fail('totvs-crm', outage('a'))
  expect(await readOpenBreakers(redis, tenant)).toMatchObject([{ code: 'CRM_UNAVAILABLE', status: 503 }])
  await probeSystemNow(redis, tenant, 'totvs-crm')
  await breaker.admit('totvs-crm', read('b'))
  await breaker.fail('totvs-crm', { ...outage('b'), code: 'CRM_UNREACHABLE', status: undefined })
  const [now] = await readOpenBreakers(redis, tenant)
  expect([now?.code, now?.status]).toEqual(['CRM_UNREACHABLE', undefined])
})
