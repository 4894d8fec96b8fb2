import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** A sender with an old token stays below this for long enough to be noticed in the log. */
const MAX_WRONG_PER_MINUTE = 30
/** The number of addresses to remember. The least recently seen one is forgotten first. */
const MAX_ADDRESSES = 10_000

/** A refusal of an address that sent too many wrong tokens. */
export interface TooManyWrongTokens {
  /** Seconds until wrong tokens from this address are answered 401 again. */
  readonly seconds: number
  /** True once a minute, so that a flood does not fill the log. */
  readonly isFirst: boolean
}

/**
 * Counts wrong tokens by address, in this process; an IPv6 network (/64) counts as one address. The result is called only for a wrong
 * token: the right token always gets through. It resolves to undefined while the address stays below the limit.
 */
export async function createWrongTokenLimit(
  app: FastifyInstance,
): Promise<(request: FastifyRequest) => Promise<TooManyWrongTokens | undefined>> {
  // `ban` marks every call above the limit except the first.
  await app.register(rateLimit, { global: false, cache: MAX_ADDRESSES })
  const count = app.createRateLimit({ max: MAX_WRONG_PER_MINUTE, timeWindow: 60_000, ban: 1 })
  return async request => {
    const counted = await count(request)
    if (counted.isAllowed || !counted.isExceeded) return undefined
    return { seconds: Math.max(1, counted.ttlInSeconds), isFirst: !counted.isBanned }
  }
}
