import { PermanentFailure, TransientFailure } from '@ponte/contracts'
import { noTracer } from '@ponte/runtime'
import { createCredentialRefusals, createRateLimiter, createCircuitBreaker } from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { createJobCallGuard } from './job-call-guard.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { testTenant } from '../testing/test-tenant.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

function openGuard(areLocksHeld: () => boolean, tenant = testTenant()) {
  const { guard } = createJobCallGuard({
    connection: {
      tenant,
      breaker: createCircuitBreaker(redis, tenant.name, { failureThreshold: 5, probeMs: 100, maxProbeMs: 100 }),
      refusals: createCredentialRefusals(redis, tenant.name, { probeMs: 100, maxProbeMs: 100 }),
      credentials: { 'totvs-crm': 'c', 'rd-station': 'r' },
      rateLimiter: createRateLimiter(redis, tenant.name, { callsPerMinute: 6000 }),
    },
    jobId: 'job',
    correlationKey: 'job',
    signal: new AbortController().signal,
    areLocksHeld,
    metrics: createWorkerMetrics(),
    span: noTracer.start('run', { kind: 'consumer' }),
    note: () => {},
    onBreakerChange: () => {},
    onCall: () => {},
  })
  return guard
}

const call = { system: 'rd-station', method: 'POST', path: '/platform/events', writes: true, quota: 'events' } as const

test('a call is made while its job holds all its locks', async () => {
  await expect(openGuard(() => true).before(call)).resolves.toBeUndefined()
})

test('a call is not made once its job has lost a lock, even before the job has noticed', async () => {
  await expect(openGuard(() => false).before(call)).rejects.toBeInstanceOf(JobDelayed)
})

test('a refused request ends a row of failures, a refused credential does not', async () => {
  const tenant = testTenant()
  const guard = openGuard(() => true, tenant)
  const breaker = createCircuitBreaker(redis, tenant.name, { failureThreshold: 5, probeMs: 100, maxProbeMs: 100 })
  const admission = async () => await breaker.admit('rd-station', { jobId: 'other', kind: 'write' })
  const end = async (failure: PermanentFailure | TransientFailure) => {
    await guard.before(call)
    await guard.after({ ...call, durationMs: 1, failure })
  }
  await end(new TransientFailure('RD_UNAVAILABLE', { system: 'rd-station' }))
  await end(new PermanentFailure('RD_UNAUTHORIZED'))
  expect(await admission()).toMatchObject({ degraded: true })
  await end(new PermanentFailure('RD_REJECTED'))
  expect(await admission()).toMatchObject({ degraded: false })
})
