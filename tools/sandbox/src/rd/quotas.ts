import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import type { World } from '../world.ts'
import { accountOfRequest, bearerOf, type RdAccount } from './account.ts'
import { rdRefusals } from './errors.ts'

export type QuotaName = 'contacts' | 'events' | 'segmentations'

const DAY_SECONDS = 86_400

/** Counts the calls of each quota, including refused and failing ones. */
export function countArrivals(app: FastifyInstance, world: World): void {
  app.addHook('preHandler', async request => {
    const quota = quotaOf(request)
    if (quota) accountOfRequest(world, request)?.quotas[quota].arrive(world.now())
  })
}

function quotaOf({ url, method }: FastifyRequest): QuotaName | undefined {
  if (/^\/rd\/platform\/contacts(?:[/?]|$)/.test(url)) return 'contacts'
  if (url.startsWith('/rd/platform/segmentations/')) return 'segmentations'
  return method === 'POST' && /^\/rd\/platform\/events(?:\?|$)/.test(url) ? 'events' : undefined
}

/** The account of a call with a valid access token. Refuses other calls (docs/vendors/rd-station.md#refused-credentials). */
export function requireAccount(world: World, request: FastifyRequest): RdAccount {
  const token = bearerOf(request)
  if (token === undefined) throw rdRefusals.missingToken()
  const account = accountOfRequest(world, request)
  const expiresAt = account?.accessTokens.get(token)
  if (!account || expiresAt === undefined) throw rdRefusals.wrongToken()
  if (expiresAt <= world.now()) throw rdRefusals.expiredToken(account.settings.expiredTokenShape)
  return account
}

/** `requireAccount`, and one call of the account's quota. Refuses with 429 when the quota is used up (docs/vendors/rd-station.md#quotas). */
export function admit(world: World, request: FastifyRequest, quota: QuotaName): RdAccount {
  const account = requireAccount(world, request)
  const { settings } = account
  const limit = settings[`${quota}PerMinute`]
  const waitMs = account.quotas[quota].admit(world.now(), limit, settings.quotaWindowSeconds * 1000)
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
      // RD's own spelling.
      errors: { error_type: 'RATE_LIMIT_EXCEDDED', error_message: 'API usage limit exceeded' },
    })
  }
  return new Refusal(
    429,
    { message: 'API rate limit exceeded' },
    { 'ratelimit-limit-quotas': String(limit), 'retry-after-quotas': String(waitSeconds) },
  )
}

/** The daily limit of one contact, which affects no other contact (docs/vendors/rd-station.md#limit-per-contact). The answer always has the `lead_limiter` shape. */
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
