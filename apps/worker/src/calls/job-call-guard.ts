import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard, HttpCall, HttpOutcome } from '@ponte/clients'
import {
  CredentialRefused,
  type Failure,
  failures,
  message,
  type System,
  ThrottledFailure,
  TransientFailure,
} from '@ponte/contracts'
import { noTracer, type TraceSpan } from '@ponte/runtime'
import {
  type Admission,
  type CallKind,
  createFigureCounts,
  type FailureEffect,
  type FigureCounts,
  LockLost,
  type ModeRecord,
  type RefusalEffect,
  type CredentialStage,
} from '@ponte/state'
import type { Connection } from './connection.ts'
import { BreakerOpen, JobDelayed, RunInterrupted } from './job-delayed.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeCall } from '../telemetry/observe-run.ts'

/** A job waits for a slot in the quota for this long, or behind this many others; otherwise it goes back to the queue. */
const MAX_SLOT_WAIT_MS = 20_000
const MAX_SLOTS_AHEAD = 6
/** A process that was paused may miss its slot. If it is later than this, it reserves another, so that late calls do not come in a burst. */
const MAX_SLOT_DELAY_MS = 700
const NOT_MADE_PAUSE_MS = 1000

/** What the mode of the tenant means for the calls of a run (`RunMode`). */
interface CallMode {
  readonly isShadow: boolean
  /** Whether the run may still write: the mode may have changed since it began. */
  readonly mayWrite: (now: ModeRecord) => boolean
}

const liveRun: CallMode = { isShadow: false, mayWrite: ({ mode }) => mode === 'live' }

/** The circuit breaker of a system opened, stays open longer, or closed. */
export interface BreakerChange {
  readonly system: System
  readonly kind: 'opened' | 'extended' | 'ended'
  readonly waitMs: number
  readonly failure?: Failure
}

export interface JobCallGuardOptions {
  readonly connection: Pick<
    Connection,
    'tenant' | 'breaker' | 'health' | 'rateLimiter' | 'shadowRateLimiter' | 'refusals' | 'credentials' | 'lastTimes'
  >
  readonly jobId: string
  /** A run of the shadow makes no call that writes, and leaves most of the quota to others. */
  readonly mode?: () => CallMode
  /** What the job is about (`correlationKeyOf`). */
  readonly correlationKey: () => string
  readonly signal: AbortSignal
  /** Checked before each call and again when it is sent: a lock may be lost before `signal` says so. */
  readonly areLocksHeld: () => boolean
  readonly metrics: WorkerMetrics
  readonly figures: Pick<FigureCounts, 'call'>
  /** The trace span of the run. Each attempt becomes a child of it. */
  readonly span: TraceSpan
  /** Adds a line to the job's log. */
  readonly note: (text: string) => void
  readonly onBreakerChange: (change: BreakerChange) => void
  /** An HTTP attempt has ended, whatever its result. */
  readonly onCall: () => void
}

/**
 * Watches every HTTP attempt of one job. A call is made only while the circuit breaker lets it through and the quota has a slot.
 * Its result goes to the job's log, the metrics, the trace and the circuit breaker.
 */
export function createJobCallGuard(options: JobCallGuardOptions) {
  const { connection, jobId, correlationKey, signal, areLocksHeld, note, onBreakerChange, onCall } = options
  const { mode = () => liveRun } = options
  const { breaker, refusals, credentials, health, tenant, lastTimes } = connection
  const effects = new WeakMap<Failure, FailureEffect | RefusalEffect>()
  const probing = new Set<System>()
  /** Systems and kinds of calls that have failed before. A success there must be reported. */
  const degraded = new Set<string>()
  /** The same of the credentials of systems (docs/behaviour/calls.md#refused-credentials). */
  const probingLogin = new Set<System>()
  const refusedBefore = new Set<System>()

  async function requireAdmission({ system, writes }: HttpCall): Promise<void> {
    // The tenant may have gone back into the shadow since this run started.
    if (writes && (mode().isShadow || !mode().mayWrite(await health.mode())))
      throw new JobDelayed(message('shadow-begun'), NOT_MADE_PAUSE_MS)
    const kind = kindOf(writes)
    const reading = await health.peek(system)
    if (reading?.kinds.includes(kind) === false) return
    const admission = requireAdmitted(system, await breaker.admit(system, { jobId, kind }))
    if (admission.degraded) degraded.add(`${system} ${kind}`)
    if (admission.probing) probing.add(system)
  }

  function requireAdmitted(system: System, admission: Admission): Admission & { readonly admitted: true } {
    if (admission.admitted) return admission
    health.invalidate(system)
    throw new BreakerOpen(system, admission.waitMs, admission.code)
  }

  /** Throws BreakerOpen while the system refuses the credential. `takeProbe`: makes the job the probe, because it is about to log in. */
  async function requireCredential(system: System, how: 'peek' | 'takeProbe'): Promise<void> {
    const state = await refusals[how](system, { credential: credentials[system], jobId })
    if (!state.admitted) {
      // Random, because jobs that come back together would go to the same workers, not to those with the newer credential.
      const waitMs = state.superseded ? state.waitMs * (0.25 + Math.random()) : state.waitMs
      throw new BreakerOpen(system, waitMs, state.code, state.superseded)
    }
    if (!state.degraded) return
    refusedBefore.add(system)
    if (how === 'takeProbe') probingLogin.add(system)
  }

  const rateLimiter = () => (mode().isShadow ? connection.shadowRateLimiter : connection.rateLimiter)
  const longestWaitMs = () => Math.max(MAX_SLOT_WAIT_MS, MAX_SLOTS_AHEAD * rateLimiter().intervalMs)

  async function waitForSlot(call: HttpCall, maxWaitMs: number): Promise<void> {
    const { quota } = call
    while (quota !== undefined) {
      const { granted, waitMs } = await rateLimiter().reserve(quota, { maxWaitMs })
      if (!granted) {
        const reason = message('quota-used', { quota })
        throw new JobDelayed(reason, waitMs / 2)
      }
      const slotAt = performance.now() + waitMs
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      if (performance.now() - slotAt > MAX_SLOT_DELAY_MS) continue
      // The circuit breaker may have opened while this call waited.
      if (waitMs > 0) await requireAdmission(call)
      return
    }
  }

  async function report(outcome: HttpOutcome): Promise<void> {
    const { system, failure, writes, login } = outcome
    const kind = kindOf(writes)
    // A login proves the credential, not yet that it is good for anything.
    if (failure === undefined && login !== true) void lastTimes.record(system)
    if (failure instanceof CredentialRefused) return await reportRefusal(failure)
    if (failure instanceof ThrottledFailure && failure.scope === 'system') {
      const { code, retryAfterMs: waitMs } = failure
      await reportFailure(failure, system, () => breaker.throttle(system, { code, waitMs }))
    } else if (failure instanceof TransientFailure && !signal.aborted) {
      const { code, outage, context } = failure
      const status = typeof context['status'] === 'number' ? context['status'] : undefined
      const failed = { jobId, correlationKey: correlationKey(), kind, code, outage, status }
      await reportFailure(failure, system, () => breaker.fail(system, failed))
    } else if (provesThatSystemWorks(failure)) {
      if (degraded.delete(`${system} ${kind}`) && (await breaker.succeed(system, { jobId, kind }))) {
        onBreakerChange({ system, kind: 'ended', waitMs: 0 })
      }
      if (refusedBefore.has(system)) await reportAccepted(system, login === true ? 'login' : 'session')
    }
  }

  async function reportFailure(
    failure: Failure,
    system: System,
    report: () => Promise<FailureEffect | RefusalEffect>,
  ): Promise<void> {
    health.invalidate(system)
    const effect = await report().finally(() => health.invalidate(system))
    effects.set(failure, effect)
    if (effect.kind === 'opened' || effect.kind === 'extended')
      onBreakerChange({ system, kind: effect.kind, waitMs: effect.waitMs, failure })
  }

  const reportRefusal = (failure: CredentialRefused): Promise<void> => {
    const { system, code, stage } = failure
    const refused = { credential: credentials[system], correlationKey: correlationKey(), code, stage }
    return reportFailure(failure, system, () => refusals.refuse(system, refused))
  }

  async function reportAccepted(system: System, stage: CredentialStage): Promise<void> {
    const accepted = { credential: credentials[system], correlationKey: correlationKey(), stage }
    if (!(await refusals.succeed(system, accepted))) return
    refusedBefore.delete(system)
    onBreakerChange({ system, kind: 'ended', waitMs: 0 })
  }

  async function admitCall(call: HttpCall, maxSlotWaitMs: number): Promise<void> {
    try {
      signal.throwIfAborted()
      await requireAdmission(call)
      if (call.login === true) await requireCredential(call.system, 'takeProbe')
      await waitForSlot(call, maxSlotWaitMs)
      signal.throwIfAborted()
      if (!areLocksHeld()) throw new LockLost()
    } catch (error) {
      if (error instanceof RunInterrupted) throw error
      // Redis did not answer, or this worker has to stop. Either way the call was not made, and the job must know that.
      throw new JobDelayed(message('call-not-made'), NOT_MADE_PAUSE_MS)
    }
  }

  async function requireAvailable(needs: readonly (readonly [System, CallKind])[]): Promise<void> {
    for (const [system, kind] of needs) {
      const reading = await health.peek(system)
      if (reading?.kinds.includes(kind) !== false) requireAdmitted(system, await breaker.peek(system, { jobId, kind }))
      if (reading?.isRefused !== false) await requireCredential(system, 'peek')
    }
  }

  const guard: CallGuard = {
    signal,
    maySend: () => !signal.aborted && areLocksHeld(),
    onSessionRefused: reportRefusal,
    before: call => admitCall(call, longestWaitMs()),
    sentAgain: ({ system, method, path }) =>
      note(`${system} ${method} ${path} → no answer 0 ms: the connection was closed, sent again on a new one`),
    async after(outcome) {
      onCall()
      const { method, path, status, durationMs, failure, system, detail } = outcome
      const answer = [status ?? 'no answer', `${Math.round(durationMs)} ms`, failure?.code].filter(Boolean).join(' ')
      note(`${system} ${method} ${path} → ${answer}${detail === undefined ? '' : `: ${detail}`}`)
      observeCall(outcome, { ...options, tenant })
      await report(outcome)
    },
  }
  let hasSpareSlot = false
  /** A slot that is free now takes nobody's place. Once the run has had one, jobs that come later are behind its next slot. */
  async function admitSpareCall(call: HttpCall): Promise<void> {
    await requireAvailable([[call.system, kindOf(call.writes)]])
    await admitCall(call, hasSpareSlot ? rateLimiter().intervalMs : 0)
    hasSpareSlot ||= call.quota !== undefined
  }

  return {
    guard,
    /**
     * For calls that the run can do without: jobs that wait for slots go first. The first call is made only when its quota has a slot now.
     * Each further one is made only when the next slot is its own, at most one interval later.
     */
    spareGuard: { ...guard, before: admitSpareCall } satisfies CallGuard,
    /**
     * Throws BreakerOpen when the circuit breaker blocks one of these calls or its system refuses the credential. Does not make the
     * job the probe.
     */
    requireAvailable,
    /** What a failure of a call did to the circuit breaker or to the credential. */
    effectOf: (failure: Failure) => effects.get(failure),
    /**
     * Call when the run is over, so that another job may probe what this one has not found out. Never rejects: a probe also ends by itself.
     */
    async releaseProbes(): Promise<void> {
      for (const system of probing) await breaker.releaseProbe(system, jobId).catch(() => undefined)
      for (const system of probingLogin)
        await refusals.releaseProbe(system, { credential: credentials[system], jobId }).catch(() => undefined)
    },
  }
}

/** For calls that belong to no job: nothing is written of each into a log, a trace or the figures of a run. */
export function createQuietCallGuard(
  jobId: string,
  options: Pick<JobCallGuardOptions, 'connection' | 'signal' | 'areLocksHeld' | 'metrics' | 'onBreakerChange'>,
) {
  return createJobCallGuard({
    ...{ ...options, jobId },
    correlationKey: () => jobId,
    figures: createFigureCounts(),
    span: noTracer.start(jobId, { kind: 'client' }),
    note: () => undefined,
    onCall: () => undefined,
  })
}

const kindOf = (writes: boolean): CallKind => (writes ? 'write' : 'read')

/** Every answer proves it, even a refused request. A refused credential does not: only an accepted call ends that. */
const provesThatSystemWorks = (failure: Failure | undefined): boolean =>
  failure === undefined ||
  (!(failure instanceof TransientFailure) && failures[failure.code].breakerReason !== 'revoked')
