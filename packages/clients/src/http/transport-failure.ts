import { type Failure, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { RequestError, TimeoutError } from 'got'
import { vendorCodes } from './vendor-codes.ts'
import type { RequestInfo } from './failure-of-answer.ts'

/** The request could not even be written: a character that HTTP does not allow, an address that is none. */
const UNSENDABLE = new Set([
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
])

/** There was no TLS to speak over, or a certificate that we do not trust: nothing was sent. */
const TLS_REFUSED = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/

/**
 * Why there is no answer. Everything that the HTTP library attached to its error (address, headers, body) is left behind.
 * `aborted`: we ended the call ourselves.
 */
export function transportFailure(error: unknown, asked: RequestInfo, aborted: boolean): Failure {
  const { system } = asked
  const isOutcomeUnknown = asked.writes && mayHaveArrived(error)
  if (aborted) return new TransientFailure('STATE_UNAVAILABLE', { isOutcomeUnknown })

  const code = error instanceof RequestError ? error.code : 'UNKNOWN'
  if (UNSENDABLE.has(code)) return new PermanentFailure(vendorCodes[system].rejected, { context: { error: code } })

  const context = error instanceof TimeoutError ? { error: code, phase: error.event } : { error: code }
  return new TransientFailure(vendorCodes[system].unreachable, { context, system, outage: true, isOutcomeUnknown })
}

/** Once there is a connection, the request may have been received, whatever became of the connection afterwards. */
function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof RequestError)) return true
  if (error instanceof TimeoutError && ['lookup', 'connect', 'secureConnect'].includes(error.event)) return false
  return error.timings?.connect !== undefined && !TLS_REFUSED.test(error.code)
}
