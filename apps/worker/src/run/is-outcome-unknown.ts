import { CredentialRefused, Failure, failures, TransientFailure } from '@ponte/contracts'
import { BreakerOpen } from '../calls/breaker-open.ts'
import { JobDelayed } from './job-delayed.ts'

/**
 * May a write that ended in this error have succeeded? Then look it up before making it again (docs/behaviour.md#lost-answers).
 * False only when it certainly did not: the call was never sent, or the system answered that it refused.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.isOutcomeUnknown
  if (error instanceof CredentialRefused) return false
  if (error instanceof Failure) return failures[error.code].isOutcomeUnknown === true
  return !(error instanceof BreakerOpen || error instanceof JobDelayed)
}
