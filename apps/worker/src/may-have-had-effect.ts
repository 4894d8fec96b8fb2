import { CredentialRefused, Failure, TransientFailure } from '@ponte/contracts'
import { Resting } from './resting.ts'
import { Postponed } from './postponed.ts'

/**
 * Could a write that ended in this error have been carried out all the same? Then it has to be looked up before it is made again.
 * Only what is known not to have been carried out says no: the call was never sent, or its refusal was read.
 */
export function mayHaveHadEffect(error: unknown): boolean {
  if (error instanceof TransientFailure) return error.effectUnknown
  if (error instanceof CredentialRefused) return false
  // Answered 2xx, and the answer could not be read.
  if (error instanceof Failure) return error.code === 'RD_UNREADABLE' || error.code === 'CRM_UNREADABLE'
  return !(error instanceof Resting || error instanceof Postponed)
}
