import { CredentialRefused, Failure, TransientFailure } from '@ponte/contracts'
import { BreakerOpen } from '../calls/breaker-open.ts'
import { JobDelayed } from './job-delayed.ts'

/**
 * Could a write that ended in this error have been carried out all the same? Then it has to be looked up before it is made again.
 * Only what is known not to have been carried out says no: the call was never sent, or its refusal was read.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.isOutcomeUnknown
  if (error instanceof CredentialRefused) return false
  // Answered 2xx, and the answer could not be read.
  if (error instanceof Failure) return error.code === 'RD_UNREADABLE' || error.code === 'CRM_UNREADABLE'
  return !(error instanceof BreakerOpen || error instanceof JobDelayed)
}
