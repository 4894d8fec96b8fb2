import { type FailureCode, failures } from '@ponte/contracts'

/**
 * Something answers, but not like TOTVS CRM: probably a wrong path. A refusal of the user, a request to wait and an outage are something
 * else.
 */
export function isWrongAddress(code: FailureCode, status: unknown): boolean {
  const { breakerReason } = failures[code]
  return breakerReason !== 'revoked' && breakerReason !== 'throttled' && Number(status) < 500
}
