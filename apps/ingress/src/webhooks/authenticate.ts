import type { System } from '@ponte/contracts'
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { keepPerTenant, type LiveTenants, type Logger, type Tenant } from '@ponte/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../http/problem.ts'
import { nameTenant } from '../telemetry/request-log.ts'
import rateLimit from '@fastify/rate-limit'

export interface Credentials {
  /** The name in the URL; there may be no such tenant. */
  readonly tenant: string
  readonly source: System
  readonly headers: IncomingHttpHeaders
  readonly query: unknown
}

/** Undefined when the token is missing or wrong, or when there is no such tenant. */
export type Authenticate = (credentials: Credentials) => Tenant | undefined

/** At most two tokens are valid at once. How many there are must not affect the response time. */
const TOKENS_PER_SOURCE = 2

/**
 * Checks webhook tokens. A wrong token, a missing one and an unknown tenant all take the same time: every presented token is hashed and
 * compared with the same number of digests. The sender chooses how many tokens to present, so that number reveals nothing about valid ones.
 */
export function createAuthenticate(tenants: LiveTenants): Authenticate {
  const digestsOf = keepPerTenant(toDigests)
  // Before a request asks for them: the first one would take longer than one for an unknown tenant.
  for (const tenant of tenants.current()) digestsOf(tenant)
  tenants.onChange(({ added }) => {
    for (const tenant of added) digestsOf(tenant)
  })
  const nobody = [randomBytes(32), randomBytes(32)]
  return ({ tenant: name, source, headers, query }) => {
    const tenant = tenants.named(name)
    const valid = matches(presentedTokens(headers, query), tenant === undefined ? nobody : digestsOf(tenant)[source])
    return valid ? tenant : undefined
  }
}

function toDigests({ settings }: Tenant): Readonly<Record<System, readonly Buffer[]>> {
  const { rdStation, totvsCrm } = settings.webhookTokens
  const digests = (tokens: readonly string[]): Buffer[] =>
    Array.from({ length: TOKENS_PER_SOURCE }, (_unused, index) => {
      const token = tokens[index]
      return token === undefined ? randomBytes(32) : digest(Buffer.from(token))
    })
  return { 'rd-station': digests(rdStation), 'totvs-crm': digests(totvsCrm) }
}

/** The tokens from all places where one is accepted. A missing token is an empty one, which matches nothing. */
function presentedTokens({ apitoken, authorization }: IncomingHttpHeaders, query: unknown): readonly Buffer[] {
  const tokens: Buffer[] = []
  if (typeof apitoken === 'string' && apitoken !== '') tokens.push(fromHeader(apitoken))
  const bearer = authorization === undefined ? undefined : /^bearer +([^ ].*)$/i.exec(authorization)?.[1]
  if (bearer !== undefined) tokens.push(fromHeader(bearer))
  const inQuery = typeof query === 'object' && query !== null && 'token' in query ? query.token : undefined
  if (typeof inQuery === 'string' && inQuery !== '') {
    tokens.push(Buffer.from(inQuery))
    // A "+" in a URL that was not percent-encoded arrives as a space.
    if (inQuery.includes(' ')) tokens.push(Buffer.from(inQuery.replaceAll(' ', '+')))
  }
  return tokens.length === 0 ? [Buffer.alloc(0)] : tokens
}

/** Whether a request presents a token at all. */
export const hasToken = ({ headers, query }: Pick<FastifyRequest, 'headers' | 'query'>): boolean =>
  presentedTokens(headers, query).some(token => token.length > 0)

/** Node.js reads the bytes of a header as Latin-1; a token is UTF-8. */
const fromHeader = (value: string): Buffer => Buffer.from(value, 'latin1')

/** Compares every pair, without stopping early. */
function matches(tokens: readonly Buffer[], digests: readonly Buffer[]): boolean {
  let found = 0
  for (const token of tokens) {
    const presented = digest(token)
    for (const known of digests) found |= Number(timingSafeEqual(presented, known))
  }
  return found === 1
}

/** The digest comes as a text first, because Node.js takes twice as long to return a buffer of it. */
function digest(token: Buffer): Buffer {
  return Buffer.from(hash('sha256', token, 'binary'), 'binary')
}

/**
 * Refuses a request without a valid token: with 401, and with 429 once its address sent too many. The log shows the address and never the
 * token.
 */
export async function createTokenRefusal(
  app: FastifyInstance,
  { tenants, log }: { readonly tenants: LiveTenants; readonly log: Logger },
) {
  const countWrongToken = await createWrongTokenLimit(app)
  const tenantOf = nameTenant(tenants)
  return async (request: FastifyRequest, source: System): Promise<never> => {
    const tooMany = await countWrongToken(request)
    const facts = { address: request.ip, tenant: tenantOf(request), source, reqId: request.id }
    if (tooMany === undefined) {
      log.warn(facts, 'wrong webhook token')
      throw new Refusal('UNAUTHORIZED', { 'www-authenticate': 'Bearer' })
    }
    if (tooMany.isFirst) log.warn(facts, 'many wrong webhook tokens from one address: answering 429 for a while')
    throw new Refusal('TOO_MANY_WRONG_TOKENS', { 'retry-after': String(tooMany.seconds) })
  }
}

/** A sender with an old token stays below this for long enough to be noticed in the log. */
const MAX_WRONG_PER_MINUTE = 30
/** The number of addresses to remember. The least recently seen one is forgotten first. */
const MAX_ADDRESSES = 10_000

/** A refusal of an address that sent too many wrong tokens. */
interface TooManyWrongTokens {
  /** Seconds until wrong tokens from this address are answered 401 again. */
  readonly seconds: number
  /** True once a minute, so that a flood does not fill the log. */
  readonly isFirst: boolean
}

/**
 * Counts wrong tokens by address, in this process; an IPv6 network (/64) counts as one address. The result is called only for a wrong
 * token: the right token always gets through. It resolves to undefined while the address stays below the limit.
 */
async function createWrongTokenLimit(
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
