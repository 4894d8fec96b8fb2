import {
  CredentialRefused,
  Failure,
  failures,
  message,
  renderMessage,
  type System,
  TransientFailure,
  type WaitReason,
} from '@ponte/contracts'

/** Thrown by a run that cannot continue now although nothing is wrong with its job. The run does not count as an attempt. */
export abstract class RunInterrupted extends Error {
  readonly reason: WaitReason
  readonly waitMs: number

  constructor(reason: WaitReason, waitMs: number) {
    super(renderMessage(reason, 'en'))
    this.reason = reason
    this.waitMs = waitMs
  }
}

/** The job comes back after `waitMs`. */
export class JobDelayed extends RunInterrupted {
  override readonly name = 'JobDelayed'
}

/** The whole queue waits for `waitMs`, with this job at its head. */
export class QueueWaits extends RunInterrupted {
  override readonly name = 'QueueWaits'
}

/** Thrown instead of a call while the circuit breaker of its system is open. */
export class BreakerOpen extends RunInterrupted {
  override readonly name = 'BreakerOpen'
  /** Open only for this process: other workers have a newer credential. */
  readonly superseded: boolean

  constructor(system: System, waitMs: number, code: string, superseded = false) {
    super(message('system-paused', { system, code }), waitMs)
    this.superseded = superseded
  }
}

/**
 * May a write that ended in this error have succeeded? Then look it up before making it again (docs/behaviour/marks.md#lost-answers).
 * False only when it certainly did not: the call was never sent, or the system answered that it refused.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.isOutcomeUnknown
  if (error instanceof CredentialRefused) return false
  if (error instanceof Failure) return failures[error.code].isOutcomeUnknown === true
  return !(error instanceof RunInterrupted)
}
