import { findByToken, hasApiToken } from '@ponte/runtime'
import type { Audit } from '@ponte/state'
import type { FastifyRequest } from 'fastify'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { ApiProblem } from '../api/problems.ts'
import { createAttemptLimit, secondsToWait } from './attempt-limit.ts'
import { UNKNOWN_USER } from './credentials.ts'
import type { Role, User } from '@ponte/operations'
import { isSafe } from '../ui/addresses.ts'

/** A token of the API: who has it may do what the role says. */
export interface ApiToken {
  readonly name: string
  readonly role: Role
  /** `newApiToken` */
  readonly hash: string
  /** The tenants that exist for this token. Default: all. */
  readonly tenants?: readonly string[] | undefined
}

/** Of one token in a minute. Retries change something, so there are fewer of them. */
const MAX_REQUESTS = 120
const MAX_CHANGES = 20

/** The name of a token in the audit trail and in the record of a retry. */
const nameOf = ({ name }: ApiToken): string => `api:${name}`

/** Recognises the tokens of the API. Nobody can lock a token out by guessing: a right one is never counted as a guess. */
export function createTokenCheck({ tokens, audit }: { readonly tokens: readonly ApiToken[]; readonly audit: Audit }) {
  const attempts = createAttemptLimit()
  const requests = new RateLimiterMemory({ points: MAX_REQUESTS, duration: 60 })
  const changes = new RateLimiterMemory({ points: MAX_CHANGES, duration: 60 })

  const unknown = (): ApiProblem =>
    new ApiProblem('API_TOKEN_REFUSED', { headers: { 'www-authenticate': 'Bearer realm="Ponte"' } })

  /** Counts a wrong token, and records it unless there are too many. */
  async function refuse(request: FastifyRequest): Promise<never> {
    const begun = await attempts.begin({ user: '', address: request.ip })
    if (typeof begun === 'number') throw new ApiProblem('API_TOO_MANY_WRONG_TOKENS', retryAfter(begun))
    request.log.warn({ address: request.ip }, 'a token of the API was refused')
    // What was sent is kept nowhere. The request is refused even if Redis does not store the record.
    await audit
      .write({ user: UNKNOWN_USER, action: 'login', outcome: 'refused', detail: 'api' })
      .catch((err: unknown) => request.log.error({ err }, 'the audit trail was not written'))
    throw unknown()
  }

  return {
    /** Whose token a request has in its header. Rejects with ApiProblem: no token, a wrong one, too many requests. */
    async admit(request: FastifyRequest): Promise<User> {
      if (hasApiToken(request.url)) throw new ApiProblem('API_TOKEN_IN_ADDRESS')
      const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
      if (given === undefined) throw unknown()
      const token = findByToken(tokens, given)
      if (token === undefined) return await refuse(request)
      const { role, tenants } = token
      const name = nameOf(token)
      const limits = isSafe(request.method) ? [requests] : [requests, changes]
      for (const limit of limits) {
        const seconds = await limit.consume(name).then(() => 0, secondsToWait)
        if (seconds > 0) throw new ApiProblem('API_RATE_LIMITED', retryAfter(seconds))
      }
      return { name, role, ...(tenants && { tenants }) }
    },
  }
}

export type TokenCheck = ReturnType<typeof createTokenCheck>

const retryAfter = (seconds: number) => ({ headers: { 'retry-after': String(seconds) } })
