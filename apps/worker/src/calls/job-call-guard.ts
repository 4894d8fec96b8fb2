import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard, HttpCall, HttpOutcome } from '@ponte/clients'
import { CredentialRefused, type Failure, say, type System, ThrottledFailure, TransientFailure } from '@ponte/contracts'
import type { TraceSpan } from '@ponte/runtime'
import { type CallKind, LockLost, type RefusalEffect, type FailureEffect } from '@ponte/state'
import type { Connection } from '../connections/connection.ts'
import { createCredentialGate } from './credential-gate.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import { observeCall } from '../telemetry/observe-call.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { type BreakerChange, BreakerOpen } from './breaker-open.ts'

/** A job that would wait longer than this, and for more than a few others, for its turn at a quota goes back to the queue. */
const LONGEST_TURN_MS = 20_000
const MOST_IN_LINE = 6
/** A turn that was missed by more than this (a stalled process) is given up for another: late calls must not come in a bunch. */
const LATEST_TURN_MS = 1000
const NOT_MADE_PAUSE_MS = 1000

export interface GuardOptions {
  readonly connection: Pick<Connection, 'tenant' | 'rests' | 'pace' | 'refusals' | 'credentials'>
  readonly jobId: string
  /** What the job is about (`CallFailure`). */
  readonly subject: string
  readonly signal: AbortSignal
  /** Asked right before each call, and when it leaves: a lock may have ended although `signal` does not say so yet. */
  readonly areLocksHeld: () => boolean
  readonly metrics: WorkerMetrics
  /** Of the job's run: each attempt is a part of it. */
  readonly span: TraceSpan
  /** Adds a line to the job's log. */
  readonly note: (text: string) => void
  /** A rest began, went on or ended. */
  readonly onBreakerChange: (change: BreakerChange) => void
  /** An attempt has ended, however. */
  readonly onCall: () => void
}

/**
 * Stands around every HTTP attempt of one job: lets it through only while the system does not rest and the quota has a turn,
 * writes one line into the job's log, and keeps count of what the system answers.
 */
export function createJobCallGuard({
  connection,
  jobId,
  subject,
  signal,
  areLocksHeld,
  metrics,
  span,
  note,
  onBreakerChange,
  onCall,
}: GuardOptions) {
  const { rests, pace, tenant } = connection
  const verdicts = new WeakMap<Failure, FailureEffect>()
  const probing = new Set<System>()
  /** Calls whose success has to be told, by system and kind. */
  const troubled = new Set<string>()
  const gate = createCredentialGate({ connection, jobId, subject, onBreakerChange })

  async function admit({ system, writes }: HttpCall): Promise<void> {
    const kind = kindOf(writes)
    const admission = await rests.admit(system, { jobId, kind })
    if (!admission.admitted) throw new BreakerOpen(system, admission.waitMs, admission.code)
    if (admission.degraded) troubled.add(`${system} ${kind}`)
    if (admission.probing) probing.add(system)
  }

  async function takeTurn(budget: NonNullable<HttpCall['quota']>, call: HttpCall): Promise<void> {
    for (;;) {
      const maxWaitMs = Math.max(LONGEST_TURN_MS, MOST_IN_LINE * pace.intervalMs)
      const { granted, waitMs } = await pace.reserve(budget, { maxWaitMs })
      if (!granted)
        throw new JobDelayed(say('the {budget} quota of RD Station is used by earlier jobs', { budget }), waitMs / 2)
      const turnAt = performance.now() + waitMs
      if (waitMs > 0) await sleep(waitMs, undefined, { signal })
      if (performance.now() - turnAt > LATEST_TURN_MS) continue
      // The system may have begun to rest while this call stood in line.
      if (waitMs > 0) await admit(call)
      return
    }
  }

  async function judge(outcome: HttpOutcome): Promise<void> {
    const { system, failure, writes, login } = outcome
    const kind = kindOf(writes)
    if (failure instanceof CredentialRefused) return await gate.onRefused(failure)
    if (failure instanceof ThrottledFailure && failure.scope === 'system') {
      const { code, retryAfterMs: waitMs } = failure
      const verdict = await rests.throttle(system, { code, waitMs })
      verdicts.set(failure, verdict)
      if (verdict.kind !== 'counted') onBreakerChange({ system, kind: verdict.kind, waitMs: verdict.waitMs, failure })
    } else if (failure instanceof TransientFailure && !signal.aborted) {
      const verdict = await rests.fail(system, {
        jobId,
        correlationKey: subject,
        kind,
        code: failure.code,
        outage: failure.outage,
      })
      verdicts.set(failure, verdict)
      if (verdict.kind !== 'counted') onBreakerChange({ system, kind: verdict.kind, waitMs: verdict.waitMs, failure })
    } else if (showsThatItWorks(failure)) {
      if (troubled.delete(`${system} ${kind}`) && (await rests.succeed(system, { jobId, kind }))) {
        onBreakerChange({ system, kind: 'ended', waitMs: 0 })
      }
      await gate.onAccepted(system, login === true ? 'login' : 'session')
    }
  }

  const guard: CallGuard = {
    signal,
    mayLeave: () => !signal.aborted && areLocksHeld(),
    onSessionRefused: gate.onRefused,
    async before(call) {
      try {
        signal.throwIfAborted()
        await admit(call)
        if (call.login === true) await gate.beforeLogin(call.system)
        if (call.quota !== undefined) await takeTurn(call.quota, call)
        signal.throwIfAborted()
        if (!areLocksHeld()) throw new LockLost()
      } catch (error) {
        if (error instanceof BreakerOpen || error instanceof JobDelayed) throw error
        // Redis is away, or this worker is to stop: in any case the call was not made, and that is what must be known of it.
        throw new JobDelayed(say('the call could not be made yet'), NOT_MADE_PAUSE_MS)
      }
    },
    async after(outcome) {
      onCall()
      const { method, path, status, durationMs, failure, system, detail } = outcome
      const answer = [status ?? 'no answer', `${Math.round(durationMs)} ms`, failure?.code].filter(Boolean).join(' ')
      note(`${system} ${method} ${path} → ${answer}${detail === undefined ? '' : `: ${detail}`}`)
      observeCall(outcome, { tenant, metrics, span })
      await judge(outcome)
    },
  }
  return {
    guard,
    /** Throws Resting when the system rests for such calls, or refuses the credential. The job does not become the probe. */
    async requireAvailable(system: System, kind: CallKind): Promise<void> {
      const admission = await rests.peek(system, { jobId, kind })
      if (!admission.admitted) throw new BreakerOpen(system, admission.waitMs, admission.code)
      await gate.requireAccepted(system)
    },
    verdictOn: (failure: Failure): FailureEffect | RefusalEffect | undefined =>
      verdicts.get(failure) ?? gate.verdictOn(failure),
    /** The run is over: a probe that found out nothing gives way to another. Never rejects: the probe ends by itself as well. */
    async leave(): Promise<void> {
      for (const system of probing) await rests.releaseProbe(system, jobId).catch(() => undefined)
      await gate.release()
    },
  }
}

const kindOf = (writes: boolean): CallKind => (writes ? 'write' : 'read')

/** Any answer but a refused credential: that says nothing while a revoked token is what the system rests for. */
const showsThatItWorks = (failure: Failure | undefined): boolean =>
  !(failure instanceof TransientFailure) && failure?.code !== 'RD_UNAUTHORIZED' && failure?.code !== 'CRM_UNAUTHORIZED'
