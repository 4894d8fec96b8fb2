import { Failure, type FailureCode, failures } from '@ponte/contracts'

/** Nothing where TOTVS CRM does not answer the question: the answer would only have helped. */
export async function orNothing<Item>(reading: Promise<readonly Item[]>): Promise<readonly Item[]> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/**
 * Something answers, but not like TOTVS CRM: probably a wrong path. A refusal of the user, a request to wait and an outage are something
 * else.
 */
export function isWrongAddress(code: FailureCode, status: unknown): boolean {
  const { breakerReason } = failures[code]
  return breakerReason !== 'revoked' && breakerReason !== 'throttled' && Number(status) < 500
}
