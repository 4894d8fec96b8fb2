import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { accountOfRequest, bearerOf, type RdAccount } from './account.ts'
import { rdRefusals } from './errors.ts'

export type Budget = 'contacts' | 'events'

const DAY_SECONDS = 86_400

/** Counts what arrives at the two budgets, refused and failing calls included. */
export function countArrivals(app: FastifyInstance, world: World): void {
  app.addHook('preHandler', async request => {
    const budget = budgetOf(request)
    if (budget) accountOfRequest(world, request)?.quotas[budget].arrive(world.now())
  })
}

function budgetOf({ url, method }: FastifyRequest): Budget | undefined {
  if (/^\/rd\/platform\/contacts(?:[/?]|$)/.test(url)) return 'contacts'
  return method === 'POST' && /^\/rd\/platform\/events(?:\?|$)/.test(url) ? 'events' : undefined
}

/** The account of a call with a valid access token. Refuses otherwise (reference rd-station.md §2.3). */
export function requireAccount(world: World, request: FastifyRequest): RdAccount {
  const token = bearerOf(request)
  if (token === undefined) throw rdRefusals.missingToken()
  const account = accountOfRequest(world, request)
  const expiresAt = account?.accessTokens.get(token)
  if (!account || expiresAt === undefined) throw rdRefusals.wrongToken()
  if (expiresAt <= world.now()) throw rdRefusals.expiredToken(account.settings.expiredTokenShape)
  return account
}

/** `requireAccount`, and the account's quota for this budget. Refuses with 429 (reference §5). */
export function admit(world: World, request: FastifyRequest, budget: Budget): RdAccount {
  const account = requireAccount(world, request)
  const { settings } = account
  const limit = budget === 'contacts' ? settings.contactsPerMinute : settings.eventsPerMinute
  const waitMs = account.quotas[budget].admit(world.now(), limit, settings.quotaWindowSeconds * 1000)
  if (waitMs > 0) throw quotaRefusal(account, limit, Math.max(1, Math.ceil(waitMs / 1000)))
  return account
}

function quotaRefusal({ name, settings }: RdAccount, limit: number, waitSeconds: number): Refusal {
  if (settings.quotaShape === 'limiter') {
    return limiterRefusal({
      limiter: 'account_limiter',
      period: settings.quotaWindowSeconds,
      key: name,
      max: limit,
      waitSeconds,
    })
  }
  if (settings.quotaShape === 'errors') {
    return new Refusal(429, {
      // The spelling is RD's.
      errors: { error_type: 'RATE_LIMIT_EXCEDDED', error_message: 'API usage limit exceeded' },
    })
  }
  return new Refusal(
    429,
    { message: 'API rate limit exceeded' },
    { 'ratelimit-limit-quotas': String(limit), 'retry-after-quotas': String(waitSeconds) },
  )
}

/** The limit of one contact: a day long, keyed by its e-mail, always the `lead_limiter` shape. Other contacts go on. */
export function admitForContact(
  account: RdAccount,
  { kind, key, max, now }: { kind: 'patch' | 'funnel' | 'event'; key: string; max: number; now: number },
): void {
  const windowMs = DAY_SECONDS * 1000
  const calls = (account.contactCalls.get(`${kind} ${key}`) ?? []).filter(at => at > now - windowMs)
  if (calls.length >= max) {
    const waitSeconds = Math.ceil(((calls[0] ?? now) + windowMs - now) / 1000)
    throw limiterRefusal({ limiter: 'lead_limiter', period: DAY_SECONDS, key, max, waitSeconds })
  }
  account.contactCalls.set(`${kind} ${key}`, [...calls, now])
}

function limiterRefusal(limit: {
  limiter: string
  period: number
  key: string
  max: number
  waitSeconds: number
}): Refusal {
  return new Refusal(429, {
    error: `'${limit.limiter}' rate limit exceeded for ${limit.period} second(s) period for key '${limit.key}'`,
    max: limit.max,
    usage: limit.max + 1,
    remaining_time: limit.waitSeconds,
  })
}
