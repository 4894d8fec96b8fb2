import {
  ConflictFailure,
  CredentialRefused,
  type Failure,
  PermanentFailure,
  type System,
  ThrottledFailure,
  TransientFailure,
} from '@ponte/contracts'
import { isRedisTrouble } from '@ponte/runtime'
import { LockLost, type RefusalEffect, type FailureEffect } from '@ponte/state'
import { BreakerOpen } from '../calls/breaker-open.ts'
import { JobDelayed } from './job-delayed.ts'

/** What happens to a job whose run has failed. */
export type Reaction =
  /** Failed for good: until a person does something. */
  | { readonly kind: 'give-up'; readonly failure: Failure | undefined }
  /** One attempt is spent; the job comes back after its backoff. */
  | { readonly kind: 'retry' }
  /** No attempt is spent; this job alone waits. */
  | { readonly kind: 'postpone'; readonly waitMs: number }
  /** No attempt is spent; the whole queue waits for the system. */
  | { readonly kind: 'rest'; readonly system: System; readonly waitMs: number }

export interface Attempts {
  /** Counting this one. */
  readonly made: number
  readonly allowed: number
}

/** After Redis or a lock failed a job, it comes back this soon. */
const STATE_PAUSE_MS = 1000

/** The only place that decides: class says what to do. SPEC §5. */
export function reactTo(
  error: unknown,
  attempts: Attempts,
  verdict: FailureEffect | RefusalEffect | undefined,
): Reaction {
  if (error instanceof JobDelayed) return { kind: 'postpone', waitMs: error.waitMs }
  if (error instanceof BreakerOpen) {
    // The queue goes on with the workers that have a newer credential.
    if (error.superseded) return { kind: 'postpone', waitMs: error.waitMs }
    return { kind: 'rest', system: error.system, waitMs: error.waitMs }
  }
  // The run has read again as often as it may (`retryOnConflict`).
  if (error instanceof PermanentFailure || error instanceof ConflictFailure) return { kind: 'give-up', failure: error }
  if (error instanceof ThrottledFailure) {
    if (error.scope === 'job') return { kind: 'postpone', waitMs: error.retryAfterMs }
    return {
      kind: 'rest',
      system: error.system,
      waitMs: verdict === undefined || verdict.kind === 'counted' ? error.retryAfterMs : verdict.waitMs,
    }
  }
  if (error instanceof CredentialRefused && verdict?.kind !== 'counted') {
    const waitMs = verdict?.waitMs ?? STATE_PAUSE_MS
    return verdict?.kind === 'superseded'
      ? { kind: 'postpone', waitMs }
      : { kind: 'rest', system: error.system, waitMs }
  }
  if (isStateUnavailable(error)) return { kind: 'postpone', waitMs: STATE_PAUSE_MS }
  // A call that another job made for all (the login), or one that Redis could not be told of: not this job's attempt.
  if (error instanceof TransientFailure && error.system !== undefined && verdict === undefined) {
    return { kind: 'postpone', waitMs: STATE_PAUSE_MS }
  }
  // The probe that failed goes behind the others, so that one bad job cannot keep the queue at rest for ever.
  if (verdict !== undefined && verdict.kind !== 'counted') return { kind: 'postpone', waitMs: verdict.waitMs }
  if (attempts.made < attempts.allowed) return { kind: 'retry' }
  const isOurs = error instanceof TransientFailure || error instanceof CredentialRefused
  return { kind: 'give-up', failure: isOurs ? error : undefined }
}

/** Redis did not answer, or a lock was lost: nothing is known to be wrong with the job. */
export function isStateUnavailable(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.code === 'STATE_UNAVAILABLE'
  return error instanceof LockLost || error instanceof JobDelayed || isRedisTrouble(error)
}
