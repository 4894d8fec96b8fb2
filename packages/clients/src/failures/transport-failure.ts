import { type Failure, PermanentFailure, TransientFailure } from '@ponte/contracts'
import { RequestError, TimeoutError } from 'got'
import type { RequestInfo } from '../http/http-answer.ts'
import { vendorCodes } from './vendor-codes.ts'

/** The request could not be written at all: a character that HTTP forbids, or an invalid address. */
const UNSENDABLE = new Set([
  'ERR_INVALID_CHAR',
  'ERR_INVALID_HTTP_TOKEN',
  'ERR_INVALID_URL',
  'ERR_UNSUPPORTED_PROTOCOL',
])

/** TLS could not be set up, or its certificate is not trusted: nothing was sent. */
const TLS_REFUSED = /^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/

/**
 * The failure of a call that got no answer. It drops what got attached to its error (address, headers, body). `isAborted`: Ponte itself
 * stopped the call.
 */
export function transportFailure(error: unknown, info: RequestInfo, isAborted: boolean): Failure {
  const { system } = info
  const isOutcomeUnknown = info.writes && mayHaveArrived(error)
  if (isAborted) return new TransientFailure('STATE_UNAVAILABLE', { isOutcomeUnknown })

  const code = error instanceof RequestError ? error.code : 'UNKNOWN'
  if (UNSENDABLE.has(code)) return new PermanentFailure(vendorCodes[system].rejected, { context: { error: code } })

  const context = error instanceof TimeoutError ? { error: code, phase: error.event } : { error: code }
  return new TransientFailure(vendorCodes[system].unreachable, { context, system, outage: true, isOutcomeUnknown })
}

/** Once connected, the system may have received the request, whatever happened to the connection afterwards. */
function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof RequestError)) return true
  if (error instanceof TimeoutError && ['lookup', 'connect', 'secureConnect'].includes(error.event)) return false
  return error.timings?.connect !== undefined && !TLS_REFUSED.test(error.code)
}
