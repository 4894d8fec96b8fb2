import { CredentialRefused, PermanentFailure, ThrottledFailure, TransientFailure } from '@ponte/contracts'
import { noTracer } from '@ponte/runtime'
import {
  createCredentialRefusals,
  createFigureCounts,
  createLastTimes,
  createRateLimiter,
  createCircuitBreaker,
  createTenantMode,
} from '@ponte/state'
import { Redis } from 'ioredis'
import { afterAll, expect, inject, test } from 'vitest'
import { BreakerOpen, JobDelayed } from './job-delayed.ts'
import { createJobCallGuard } from './job-call-guard.ts'
import { createWorkerMetrics } from '../telemetry/metrics.ts'
import { createSystemHealth } from './system-health.ts'
import { testTenant } from '../testing/test-tenant.ts'

const redis = new Redis(inject('redisUrl'))
afterAll(() => redis.disconnect())

/** One process, connected to a tenant. `now`: its clock, in milliseconds. */
function openProcess(tenant = testTenant(), now?: () => number, callsPerMinute = 6000) {
  const credentials = { 'totvs-crm': 'c', 'rd-station': 'r' }
  // Longer than any test takes.
  const pauses = { probeMs: 60_000, maxProbeMs: 60_000 }
  const connection = {
    tenant,
    breaker: createCircuitBreaker(redis, tenant.name, { failureThreshold: 5, ...pauses }),
    health: createSystemHealth({
      redis,
      tenant: tenant.name,
      credentials,
      ...(now && { clock: { monotonicMs: now, wallMs: now } }),
    }),
    refusals: createCredentialRefusals(redis, tenant.name, pauses),
    credentials,
    rateLimiter: createRateLimiter(redis, tenant.name, { callsPerMinute }),
    shadowRateLimiter: createRateLimiter(redis, tenant.name, { callsPerMinute: callsPerMinute / 4 }),
    lastTimes: createLastTimes(redis, tenant.name),
  }
  return {
    rateLimiter: connection.rateLimiter,
    breaker: connection.breaker,
    refusals: connection.refusals,
    openGuard: (areLocksHeld: () => boolean = () => true, isShadow: () => boolean = () => false) =>
      createJobCallGuard({
        mode: () => ({ isShadow: isShadow(), mayWrite: ({ mode }) => mode === 'live' }),
        connection,
        jobId: 'job',
        correlationKey: () => 'job',
        signal: new AbortController().signal,
        areLocksHeld,
        metrics: createWorkerMetrics(),
        figures: createFigureCounts(),
        span: noTracer.start('run', { kind: 'consumer' }),
        note: () => {},
        onBreakerChange: () => {},
        onCall: () => {},
      }),
  }
}
const openGuard = (areLocksHeld: () => boolean, tenant = testTenant()) =>
  openProcess(tenant).openGuard(areLocksHeld).guard

const call = { system: 'rd-station', method: 'POST', path: '/platform/events', writes: true, quota: 'events' } as const

test('a call is made while its job holds all its locks, and not once one is lost, even before the job has noticed', async () => {
  await expect(openGuard(() => true).before(call)).resolves.toBeUndefined()
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

const read = { system: 'totvs-crm', method: 'GET', path: '/crm', writes: false } as const
const needs = [['totvs-crm', 'write']] as const
const throttled = new ThrottledFailure('CRM_THROTTLED', { system: 'totvs-crm', scope: 'system', retryAfterMs: 60_000 })

test('a breaker that another run of this process opened stops the next call of a run that was told all is well', async () => {
  const { openGuard: open } = openProcess(testTenant(), () => 0)
  const [one, other] = [open(), open()]
  await one.requireAvailable(needs)
  await one.guard.before(read)
  await other.guard.before(read)
  await other.guard.after({ ...read, durationMs: 1, failure: throttled })
  await expect(one.guard.before(read)).rejects.toBeInstanceOf(BreakerOpen)
})

test('a call that begins while the report of another run is on its way to Redis is not made', async () => {
  const { openGuard: open } = openProcess(testTenant(), () => 0)
  const [one, other] = [open(), open()]
  await one.requireAvailable(needs)
  const reported = other.guard.after({ ...read, durationMs: 1, failure: throttled })
  await expect(one.guard.before(read)).rejects.toBeInstanceOf(BreakerOpen)
  await reported
})

test('a breaker that another process opened stops the next run and the next call within a moment', async () => {
  const tenant = testTenant()
  let at = 0
  const { openGuard: open } = openProcess(tenant, () => at)
  const { guard, requireAvailable } = open()
  await requireAvailable(needs)
  await openProcess(tenant).breaker.throttle('totvs-crm', { code: 'CRM_THROTTLED', waitMs: 60_000 })
  at = 50
  await expect(guard.before(read)).rejects.toBeInstanceOf(BreakerOpen)
  await expect(open().requireAvailable(needs)).rejects.toBeInstanceOf(BreakerOpen)
})

test('a credential that another run of this process found refused stops the next run', async () => {
  const { openGuard: open } = openProcess(testTenant(), () => 0)
  const [one, other] = [open(), open()]
  await one.requireAvailable(needs)
  const options = { system: 'totvs-crm', stage: 'login' } as const
  await other.guard.after({
    ...read,
    login: true,
    durationMs: 1,
    failure: new CredentialRefused('CRM_LOGIN_REJECTED', options),
  })
  await expect(open().requireAvailable(needs)).rejects.toBeInstanceOf(BreakerOpen)
})

test('all runs of a healthy system ask Redis once in a moment, whatever they call', async () => {
  let at = 0
  const tenant = testTenant()
  await createTenantMode(redis, tenant.name).declare('live')
  const { openGuard: open } = openProcess(tenant, () => at)
  // Redis does not know the script any more, so sending its source is a command of its own.
  const first = open()
  await first.requireAvailable(needs)
  // Recorded once a minute: that the system answers.
  await first.guard.after({ ...read, durationMs: 1, status: 200 })
  at = 1000
  const run = async ({ guard, requireAvailable }: ReturnType<typeof open>) => {
    await requireAvailable([...needs, ['rd-station', 'write']])
    for (const writes of [false, true, false]) {
      await guard.before({ ...read, writes })
      await guard.after({ ...read, writes, durationMs: 1, status: 200 })
    }
  }
  const commands = await commandsDuring(() => Promise.all([run(open()), run(open()), run(open())]))
  expect(commands).toHaveLength(1)
})

test('a run does not begin while its breaker is open or its credential is refused', async () => {
  const tenant = testTenant()
  const { openGuard: open, breaker, refusals } = openProcess(tenant)
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  const refused = { credential: 'c', correlationKey: 'k', code: 'CRM_LOGIN_REJECTED', stage: 'login' } as const
  await expect(open().requireAvailable([...needs, ['rd-station', 'write']])).rejects.toMatchObject({
    reason: { values: { system: 'rd-station' } },
  })
  await refusals.refuse('totvs-crm', refused)
  const { requireAvailable } = openProcess(tenant).openGuard()
  await expect(requireAvailable([...needs, ['rd-station', 'write']])).rejects.toMatchObject({
    reason: { values: { system: 'totvs-crm' } },
  })
})

test('a run that was told all is well reports its next success after another run has failed', async () => {
  const { openGuard: open, breaker } = openProcess()
  const [one, other] = [open(), open()]
  await one.requireAvailable(needs)
  const failure = new TransientFailure('CRM_UNAVAILABLE', { system: 'totvs-crm' })
  await other.guard.after({ ...read, durationMs: 1, failure })
  await one.guard.before(read)
  await one.guard.after({ ...read, durationMs: 1, status: 200 })
  expect(await breaker.peek('totvs-crm', { jobId: 'other', kind: 'read' })).toMatchObject({ degraded: false })
})

const contactCall = { ...call, method: 'GET', path: '/contacts', writes: false, quota: 'contacts' } as const

test('a call that the run can do without takes a slot that is free and leaves none to another run; its second takes the one after', async () => {
  const { openGuard: open } = openProcess(testTenant(), undefined, 1)
  await open().spareGuard.before(contactCall)
  await expect(open().spareGuard.before(contactCall)).rejects.toMatchObject({ reason: { key: 'quota-used' } })
  const { spareGuard } = openProcess(testTenant(), undefined, 120).openGuard()
  await spareGuard.before(contactCall)
  await expect(spareGuard.before(contactCall)).resolves.toBeUndefined()
})

test('a call that the run can do without is not made while another waits for a slot, and takes none', async () => {
  const { openGuard: open, rateLimiter } = openProcess(testTenant(), undefined, 60)
  await Promise.all([1, 2, 3].map(() => rateLimiter.reserve('contacts', { maxWaitMs: 60_000 })))
  await expect(open().spareGuard.before(contactCall)).rejects.toBeInstanceOf(JobDelayed)
  const { waitMs } = await rateLimiter.reserve('contacts', { maxWaitMs: 60_000 })
  expect(waitMs).toBeLessThanOrEqual(Math.ceil((3 * 60_000) / (60 * 0.98)))
})

test('a call that the run can do without is not made while the breaker is open or the credential is refused', async () => {
  const { openGuard: open, breaker } = openProcess()
  await breaker.throttle('rd-station', { code: 'RD_QUOTA_EXCEEDED', waitMs: 60_000 })
  await expect(open().spareGuard.before(contactCall)).rejects.toBeInstanceOf(BreakerOpen)
  const revoked = openProcess()
  const refused = { credential: 'r', correlationKey: 'k', code: 'RD_TOKEN_REVOKED', stage: 'login' } as const
  await revoked.refusals.refuse('rd-station', refused)
  await expect(revoked.openGuard().spareGuard.before(contactCall)).rejects.toBeInstanceOf(BreakerOpen)
})

test('a call that the run can do without tells the breaker how it ended, as any other', async () => {
  const { openGuard: open, breaker } = openProcess()
  const { spareGuard } = open()
  const failure = new TransientFailure('RD_UNAVAILABLE', { system: 'rd-station' })
  await spareGuard.before(contactCall)
  await spareGuard.after({ ...contactCall, durationMs: 1, failure })
  const admission = async () => await breaker.peek('rd-station', { jobId: 'other', kind: 'read' })
  expect(await admission()).toMatchObject({ degraded: true })
  await spareGuard.before(contactCall)
  await spareGuard.after({ ...contactCall, durationMs: 1, status: 200 })
  expect(await admission()).toMatchObject({ degraded: false })
})

test('once the pause of a breaker is over, a call that the run can do without probes, and closes it', async () => {
  const tenant = testTenant()
  const policy = { failureThreshold: 1, probeMs: 1, maxProbeMs: 1 }
  const failed = { kind: 'read', code: 'RD_UNREACHABLE', outage: true } as const
  await createCircuitBreaker(redis, tenant.name, policy).fail('rd-station', {
    ...{ jobId: 'other', correlationKey: 'other', ...failed },
  })
  const { openGuard: open, breaker } = openProcess(tenant)
  const { spareGuard } = open()
  const mayCall = () =>
    spareGuard.before(contactCall).then(
      () => true,
      () => false,
    )
  await expect.poll(mayCall).toBe(true)
  await spareGuard.after({ ...contactCall, durationMs: 1, status: 200 })
  expect(await breaker.peek('rd-station', { jobId: 'other', kind: 'read' })).toMatchObject({ degraded: false })
})

/** The names of the commands that this connection sends. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = []
  const send = redis.sendCommand.bind(redis)
  redis.sendCommand = (command, ...rest) => {
    names.push(command.name)
    return send(command, ...rest)
  }
  try {
    await work()
  } finally {
    redis.sendCommand = send
  }
  return names
}

test('in the shadow no call that writes is made, whether the run began in it or before, and reads and logins are', async () => {
  let at = 0
  const tenant = testTenant()
  const { openGuard: open } = openProcess(tenant, () => at)
  const mode = createTenantMode(redis, tenant.name)
  const live = open().guard
  await live.before(call)
  await mode.declare('live')
  await mode.goBack('now')
  at += 50
  await expect(live.before(call)).rejects.toBeInstanceOf(JobDelayed)
  await live.before({ ...call, method: 'GET', writes: false })
  await live.before({ ...call, writes: false, login: true })
  await mode.switchOff(Date.now())
  await mode.declare('live')
  at += 50
  await live.before(call)
  await expect(open(undefined, () => true).guard.before(call)).rejects.toBeInstanceOf(JobDelayed)
})

test('a run of the shadow takes a quarter of the quota', async () => {
  /** How long the next call has to wait once the run has made one. */
  const waitAfterCall = async (isShadow: boolean): Promise<number> => {
    const { openGuard: open, rateLimiter } = openProcess(testTenant(), undefined, 60)
    await open(undefined, () => isShadow).guard.before(contactCall)
    return (await rateLimiter.reserve('contacts', { maxWaitMs: 0 })).waitMs
  }
  // A wait is rounded up to whole milliseconds.
  const interval = Math.ceil(60_000 / (60 * 0.98))
  expect(await waitAfterCall(false)).toBeLessThanOrEqual(interval)
  const wait = await waitAfterCall(true)
  expect(wait).toBeGreaterThan(interval)
  expect(wait).toBeLessThanOrEqual(4 * interval)
})
