import {
  ConflictFailure,
  CredentialRefused,
  Failure,
  failures,
  PermanentFailure,
  ThrottledFailure,
  TransientFailure,
} from '@ponte/contracts'
import { isRedisTrouble } from '@ponte/runtime'
import { type FailureEffect, LockLost, type RefusalEffect } from '@ponte/state'
import { BreakerOpen, JobDelayed, QueueWaits } from '../calls/job-delayed.ts'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to a job after a run that did not succeed. Only `retry` and `fail` count the run as an attempt. */
export type Reaction =
  /** The job fails permanently: nothing happens until a person acts. */
  | { readonly kind: 'fail'; readonly failure: Failure | undefined }
  /** The job comes back after its backoff. */
  | { readonly kind: 'retry' }
  /** Only this job waits. */
  | { readonly kind: 'delay'; readonly waitMs: number }
  /** The whole queue waits: for a system that its jobs need, or until the tenant is live. */
  | { readonly kind: 'pause-queue'; readonly waitMs: number }

export interface Attempts {
  /** Including this one. */
  readonly made: number
  readonly allowed: number
}

/** After a problem with Redis or a lock the job comes back this soon. */
const STATE_PAUSE_MS = 1000

/**
 * Decides what happens to a job (docs/behaviour/calls.md#reactions-to-answers). The class of the failure and its row in `failures` decide, never
 * its code. `effect`: what the failure did to the circuit breaker or to the credential; undefined when it was not reported there.
 */
export function reactTo(
  error: unknown,
  attempts: Attempts,
  effect: FailureEffect | RefusalEffect | undefined,
): Reaction {
  if (error instanceof JobDelayed) return { kind: 'delay', waitMs: error.waitMs }
  if (error instanceof QueueWaits) return { kind: 'pause-queue', waitMs: error.waitMs }
  if (error instanceof BreakerOpen) {
    // Other workers have a newer credential, so the queue itself must go on.
    if (error.superseded) return { kind: 'delay', waitMs: error.waitMs }
    return { kind: 'pause-queue', waitMs: error.waitMs }
  }
  // The run has already read again after a conflict, as often as it may (`retryOnConflict`).
  if (error instanceof PermanentFailure || error instanceof ConflictFailure) return { kind: 'fail', failure: error }
  if (error instanceof ThrottledFailure) {
    if (error.scope === 'job') return { kind: 'delay', waitMs: error.retryAfterMs }
    const waitMs = effect === undefined || effect.kind === 'counted' ? error.retryAfterMs : effect.waitMs
    return { kind: 'pause-queue', waitMs }
  }
  if (error instanceof CredentialRefused && effect?.kind !== 'counted') {
    const waitMs = effect?.waitMs ?? STATE_PAUSE_MS
    return effect?.kind === 'superseded' ? { kind: 'delay', waitMs } : { kind: 'pause-queue', waitMs }
  }
  if (isInterruption(error)) return { kind: 'delay', waitMs: STATE_PAUSE_MS }
  // Another job made the call for all (a login), or Redis did not take the report. Neither is an attempt of this job.
  if (error instanceof TransientFailure && error.system !== undefined && effect === undefined) {
    return { kind: 'delay', waitMs: STATE_PAUSE_MS }
  }
  // A failed probe goes behind the other jobs, so that one bad job cannot keep the circuit breaker open for ever.
  if (effect !== undefined && effect.kind !== 'counted') return { kind: 'delay', waitMs: effect.waitMs }
  if (attempts.made < attempts.allowed) return { kind: 'retry' }
  const isKnown = error instanceof TransientFailure || error instanceof CredentialRefused
  return { kind: 'fail', failure: isKnown ? error : undefined }
}

/** The run was interrupted, which says nothing about its job: Redis did not answer, a lock was lost, or the run delayed the job itself. */
export function isInterruption(error: unknown): boolean {
  if (error instanceof TransientFailure) return failures[error.code].isOfPonteState === true
  return error instanceof LockLost || error instanceof JobDelayed || isRedisTrouble(error)
}

/** Random, so that jobs that met the same change do not meet again. Short, because the record must be read again within a second. */
const PAUSE_MS = { min: 200, max: 500 }

/**
 * Runs the work again, from its first read on, when another change came between its read and its write. It does so as often as the
 * failure's row allows (`maxTries`). All tries belong to one attempt, so a record that changes often does not wait for the queue's backoff.
 */
export async function retryOnConflict<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      const maxTries = error instanceof Failure ? (failures[error.code].maxTries ?? 1) : 1
      if (tries >= maxTries) throw error
      await sleep(PAUSE_MS.min + Math.random() * (PAUSE_MS.max - PAUSE_MS.min))
    }
  }
}

/** After this many workers died while running a job, the job is taken to be the cause. */
const MAX_TAKEOVERS = 25

/** BullMQ never resets how often a job stalled. It resets the number of starts when a person retries the job, which may then run again. */
export const isAbandoned = (job: { readonly stalledCounter: number; readonly attemptsStarted: number }): boolean =>
  Math.min(job.stalledCounter, job.attemptsStarted) >= MAX_TAKEOVERS
