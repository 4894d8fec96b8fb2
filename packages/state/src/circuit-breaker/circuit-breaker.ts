import { type FailureCode, isFailureCode, type System, systems, systemTable } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScripts } from '../redis/load-script.ts'
import { forgetRefusals } from './credential-refusals.ts'

/**
 * A system may answer reads and refuse writes, so the two are counted apart. A breaker that was opened by writes lets reads through. One
 * that was opened by reads stops every call.
 */
export type CallKind = 'read' | 'write'

export interface CircuitBreakerPolicy {
  /** Transient failures in a row, across jobs, that open the breaker. */
  readonly failureThreshold: number
  /** The first pause before a probe. It doubles with each failed probe, up to `maxProbeMs`. */
  readonly probeMs: number
  readonly maxProbeMs: number
}

/**
 * Whether a call may be made now. `degraded`: there were failures lately, so report a success with `succeed`. `probing`: the breaker is
 * half-open and this job is its probe; it calls `releaseProbe` if it ends without an answer about the system.
 */
export type Admission =
  | { readonly admitted: true; readonly degraded: boolean; readonly probing: boolean }
  | { readonly admitted: false; readonly waitMs: number; readonly code: FailureCode }

export interface CallFailure {
  readonly jobId: string
  /** What the job is about. All jobs of one opportunity have the same key, so that one bad record does not open the breaker. */
  readonly correlationKey: string
  readonly kind: CallKind
  readonly code: FailureCode
  /** The system did not answer at all, or only its gateway did. */
  readonly outage: boolean
  /** The HTTP status of the answer, where there was one. */
  readonly status?: number | undefined
}

/** `opened`, `extended`: the system is to blame, and the job spends no attempt. `counted`: the job spends one. */
export type FailureEffect =
  | { readonly kind: 'opened' | 'extended'; readonly waitMs: number }
  | { readonly kind: 'counted' }

/** A probing job that was killed is replaced by another after this time. */
const PROBE_LIFE_MS = 30_000
/** While a job probes, the others ask again after this time. */
const PROBE_PAUSE_MS = 1000
/** A streak of failures is forgotten this long after its last one. */
const FAILURES_LIFE_MS = 3_600_000

const script = loadScripts(import.meta.dirname, 'circuit-breaker.lua')
const admit = script('admit')
const recordFailure = script('record-failure')
const recordSuccess = script('record-success')
const throttle = script('throttle')
const releaseProbe = script('release-probe')
const resetFailures = script('reset-failures')

/** Redis key of a system's breaker: a hash, there while the breaker is not closed. */
export const breakerKey = (tenant: string, system: System): string => stateKey(tenant, 'circuit-breaker', system)
export const failuresKey = (tenant: string, system: System, kind: CallKind): string =>
  stateKey(tenant, 'failures', system, kind)

/**
 * The circuit breakers of a tenant, one for each system. Written here because published circuit breakers count within one process, and
 * these are shared by all workers. All times are Redis's.
 *
 * Closed: calls are made. Open: calls wait. Half-open, once the pause is over: one job probes. A successful call of the kind that had
 * failed closes the breaker, and a failed probe opens it again for twice as long. A breaker that was opened by `throttle` closes by itself.
 */
export function createCircuitBreaker(redis: RedisClient, tenant: string, policy: CircuitBreakerPolicy) {
  const keysOf = (system: System, kind: CallKind): readonly string[] => [
    breakerKey(tenant, system),
    failuresKey(tenant, system, kind),
  ]

  async function ask(system: System, { jobId, kind }: Caller, mayProbe: boolean): Promise<Admission> {
    const args = [jobId, kind, mayProbe ? 1 : 0, PROBE_LIFE_MS, PROBE_PAUSE_MS]
    const [answer, second, third] = listOf(await admit(redis, keysOf(system, kind), args))
    return answer === 'admitted'
      ? { admitted: true, degraded: second === 1, probing: third === 1 }
      : { admitted: false, waitMs: Number(second), code: codeOr(String(third), system) }
  }

  return {
    /** May this job make a call of this kind now? If the breaker is half-open and nobody probes, the job becomes the probe. */
    admit: (system: System, caller: Caller): Promise<Admission> => ask(system, caller, true),
    /** The same question without any effect: the job does not become the probe. */
    peek: (system: System, caller: Caller): Promise<Admission> => ask(system, caller, false),
    /** Counts a failure that may pass, and opens the breaker when there were enough of them. */
    async fail(system: System, failure: CallFailure): Promise<FailureEffect> {
      const { jobId, correlationKey, kind, code, outage, status = '' } = failure
      const [probeMs, maxProbeMs] = [Math.round(policy.probeMs), Math.round(policy.maxProbeMs)]
      const writeLifeMs = Math.max(2 * maxProbeMs, PROBE_LIFE_MS)
      return readEffect(
        await recordFailure(redis, keysOf(system, kind), [
          ...[jobId, correlationKey, kind, code, outage ? 1 : 0, policy.failureThreshold],
          ...[probeMs, maxProbeMs, PROBE_PAUSE_MS, FAILURES_LIFE_MS, writeLifeMs, status],
        ]),
      )
    },
    /**
     * Forgets a streak that consists of this correlation key's failures alone. Its job has failed permanently, and that is no sign of an
     * outage.
     */
    async resetFailures(correlationKey: string): Promise<void> {
      const keys = systems.flatMap(system => failureKeysOf(tenant, system))
      await resetFailures(redis, keys, [correlationKey])
    },
    /** Opens the breaker for the time that the system asked for. */
    async throttle(system: System, { code, waitMs }: { code: FailureCode; waitMs: number }): Promise<FailureEffect> {
      const args = [Math.max(1, Math.round(waitMs)), code, FAILURES_LIFE_MS]
      return readEffect(await throttle(redis, [breakerKey(tenant, system)], args))
    },
    /** Records a call that got through. True when it closed the breaker. */
    async succeed(system: System, { jobId, kind }: Caller): Promise<boolean> {
      return (await recordSuccess(redis, keysOf(system, kind), [jobId, kind])) === 1
    },
    /** The probe ended without an answer about the system: another job may probe at once. */
    async releaseProbe(system: System, jobId: string): Promise<void> {
      await releaseProbe(redis, [breakerKey(tenant, system)], [jobId])
    },
    /** Closes the breaker and forgets refused credentials, because a person asks for it. True when there was anything to end. */
    async close(system: System): Promise<boolean> {
      const ended = await redis.del(breakerKey(tenant, system), ...failureKeysOf(tenant, system))
      return (await forgetRefusals(redis, tenant, system)) || ended > 0
    },
  }
}

interface Caller {
  readonly jobId: string
  readonly kind: CallKind
}

const failureKeysOf = (tenant: string, system: System): string[] =>
  (['read', 'write'] as const).map(kind => failuresKey(tenant, system, kind))

function readEffect(answer: unknown): FailureEffect {
  const [kind, waitMs] = listOf(answer)
  return kind === 'opened' || kind === 'extended' ? { kind, waitMs: Number(waitMs) } : { kind: 'counted' }
}

/** A code that this version does not know was written by a newer one. */
export const codeOr = (code: string, system: System): FailureCode =>
  isFailureCode(code) ? code : systemTable[system].unavailable
