import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { z } from 'zod'
import { createCredentialRefusals, type RefusalPolicy, refusalsKey } from './credential-refusals.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { readOpenBreakers } from './open-breakers.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

const policy = { probeMs: 60_000, maxProbeMs: 300_000 }
const wrongPassword = { credential: 'a', correlationKey: 's', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const
const refusedSession = { credential: 'a', correlationKey: 's', code: 'CRM_UNAUTHORIZED', stage: 'session' } as const
const job = (jobId: string, credential = 'a') => ({ jobId, credential })

function open(limits: RefusalPolicy = policy) {
  const tenant = `t-${crypto.randomUUID()}`
  return { tenant, refusals: createCredentialRefusals(redis, tenant, limits) }
}

test('a refused credential holds every job that needs it, and is shown as an open breaker with its code', async () => {
  const { tenant, refusals } = open()
  expect(await refusals.peek('totvs-crm', job('j'))).toEqual({ admitted: true, degraded: false })
  expect(await refusals.refuse('totvs-crm', wrongPassword)).toEqual({ kind: 'opened', waitMs: 60_000 })
  expect((await refusals.refuse('totvs-crm', wrongPassword)).kind).toBe('extended')
  expect(await refusals.peek('totvs-crm', job('j'))).toMatchObject({ admitted: false, code: 'CRM_LOGIN_REJECTED' })
  expect(await refusals.takeProbe('totvs-crm', job('j'))).toMatchObject({ admitted: false, superseded: false })
  expect(await readOpenBreakers(redis, tenant)).toMatchObject([
    { system: 'totvs-crm', reason: 'revoked', code: 'CRM_LOGIN_REJECTED', kind: 'read' },
  ])
})

test('one job asks again after pauses that grow up to their limit, and the others wait for it', async () => {
  const { refusals } = open({ probeMs: 20, maxProbeMs: 100 })
  const pauses: number[] = []
  for (let round = 0; round < 4; round++) {
    await expect.poll(() => refusals.takeProbe('totvs-crm', job('probe'))).toMatchObject({ admitted: true })
    if (round > 0) expect(await refusals.takeProbe('totvs-crm', job('other'))).toMatchObject({ admitted: false })
    const effect = await refusals.refuse('totvs-crm', wrongPassword)
    if (effect.kind !== 'counted') pauses.push(effect.waitMs)
  }
  expect(pauses).toEqual([20, 80, 100, 100])
})

test('a probe that was killed gives way to another after its time, 30 seconds, and not before', async () => {
  const { tenant, refusals } = open({ probeMs: 1, maxProbeMs: 1 })
  await refusals.refuse('totvs-crm', wrongPassword)
  await expect.poll(() => refusals.takeProbe('totvs-crm', job('killed'))).toMatchObject({ admitted: true })
  expect(await refusals.takeProbe('totvs-crm', job('next'))).toMatchObject({ admitted: false })
  const kept = z
    .looseObject({ until: z.number(), probeUntil: z.number() })
    .parse(JSON.parse((await redis.hget(refusalsKey(tenant, 'totvs-crm'), 'a')) ?? ''))
  expect(kept.probeUntil - kept.until).toBeGreaterThanOrEqual(30_000)
  expect(kept.probeUntil - kept.until).toBeLessThan(40_000)

  await redis.hset(refusalsKey(tenant, 'totvs-crm'), 'a', JSON.stringify({ ...kept, probeUntil: Date.now() - 1 }))
  expect(await refusals.takeProbe('totvs-crm', job('next'))).toMatchObject({ admitted: true })
})

test('a probe that ended without a result gives way to another at once', async () => {
  const { refusals } = open({ probeMs: 1, maxProbeMs: 1 })
  await refusals.refuse('totvs-crm', wrongPassword)
  await expect.poll(() => refusals.takeProbe('totvs-crm', job('probe'))).toMatchObject({ admitted: true })
  expect(await refusals.peek('totvs-crm', job('other'))).toMatchObject({ admitted: false })
  await refusals.releaseProbe('totvs-crm', job('probe'))
  expect(await refusals.peek('totvs-crm', job('other'))).toEqual({ admitted: true, degraded: true })
})

test('a login that gets through ends a refused login; a session that is good still does not', async () => {
  const { tenant, refusals } = open()
  await refusals.refuse('totvs-crm', wrongPassword)
  expect(await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 's', stage: 'session' })).toBe(false)
  expect(await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 's', stage: 'login' })).toBe(true)
  expect(await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 's', stage: 'login' })).toBe(false)
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
})

test('a session that is refused right after each login is not ended by the login, and the pauses go on growing', async () => {
  const { refusals } = open({ probeMs: 1, maxProbeMs: 10 })
  await refusals.refuse('totvs-crm', refusedSession)
  expect(await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 's', stage: 'login' })).toBe(false)
  // A first call gets through, the second one is refused again.
  expect(await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 's', stage: 'session' })).toBe(true)
  expect(await refusals.refuse('totvs-crm', refusedSession)).toEqual({ kind: 'opened', waitMs: 4 })
})

test('one record that is always answered 401 while others get through holds nobody else up', async () => {
  const { tenant, refusals } = open({ probeMs: 1, maxProbeMs: 10 })
  await refusals.refuse('totvs-crm', refusedSession)
  await refusals.succeed('totvs-crm', { credential: 'a', correlationKey: 'another', stage: 'session' })
  expect(await refusals.refuse('totvs-crm', refusedSession)).toEqual({ kind: 'counted' })
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
  // Two records were refused: now the credential is to blame.
  expect((await refusals.refuse('totvs-crm', { ...refusedSession, correlationKey: 'second' })).kind).toBe('opened')
})

test('another credential is used at once, and a process that starts with it ends the refusal of the one before', async () => {
  const { tenant, refusals } = open()
  await refusals.announce('totvs-crm', 'a')
  await refusals.refuse('totvs-crm', wrongPassword)
  expect(await refusals.takeProbe('totvs-crm', job('j', 'b'))).toEqual({ admitted: true, degraded: false })
  expect(await refusals.announce('totvs-crm', 'a')).toBe(false)
  expect(await refusals.peek('totvs-crm', job('j'))).toMatchObject({ admitted: false, superseded: false })
  expect(await refusals.announce('totvs-crm', 'b')).toBe(true)
  expect(await readOpenBreakers(redis, tenant)).toEqual([])

  // A worker that still uses the former credential has to wait, but its refusal is not shown.
  expect(await refusals.refuse('totvs-crm', wrongPassword)).toEqual({ kind: 'superseded', waitMs: 1000 })
  expect(await refusals.peek('totvs-crm', job('j'))).toEqual({
    admitted: false,
    waitMs: 1000,
    code: 'CRM_LOGIN_REJECTED',
    superseded: true,
  })
  expect(await refusals.peek('totvs-crm', job('j', 'b'))).toEqual({ admitted: true, degraded: false })
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
})

test('a person who connects the account anew ends the refusal', async () => {
  const { tenant, refusals } = open()
  await refusals.refuse('rd-station', { ...wrongPassword, code: 'RD_TOKEN_REVOKED' })
  expect(await createCircuitBreaker(redis, tenant, { failureThreshold: 1, ...policy }).close('rd-station')).toBe(true)
  expect(await readOpenBreakers(redis, tenant)).toEqual([])
  expect(await refusals.peek('rd-station', job('j'))).toEqual({ admitted: true, degraded: false })
})

test('a refusal that nobody asks about is kept for weeks, but not for ever', async () => {
  const { tenant, refusals } = open()
  await refusals.refuse('totvs-crm', wrongPassword)
  expect(await redis.ttl(refusalsKey(tenant, 'totvs-crm'))).toBeGreaterThan(29 * 24 * 3600)
})
