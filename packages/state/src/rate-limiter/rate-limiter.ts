import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'
import { defineScript } from '../redis/script.ts'

/** The two quotas of an RD Station account (reference rd-station.md §5). */
export type Quota = 'contacts' | 'events'

/**
 * Part of the quota that is used: the rest is slack for the time between the grant of a call and its arrival, so that even a
 * window cut at the worst moment holds no call too many.
 */
const USED_SHARE = 0.97

const reserve = defineScript(`
local now = redis.call('TIME'); now = now[1] * 1000 + now[2] / 1000
local next = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local wait = next - now
if wait > tonumber(ARGV[2]) then return {0, math.ceil(wait)} end
redis.call('SET', KEYS[1], string.format('%.3f', next + tonumber(ARGV[1])), 'PX', math.ceil(wait + tonumber(ARGV[1])) + 1000)
return {1, math.ceil(wait)}`)

export interface Slot {
  readonly granted: boolean
  /** Granted: how long until the call may be made. Not granted: how long the line is. Milliseconds. */
  readonly waitMs: number
}

/**
 * Spreads the calls of one account evenly, over all workers: each call has its own moment, one interval after the one before.
 * Steady by construction, and no window of a minute ever holds more than the quota.
 */
export function createRateLimiter(redis: Redis, tenant: string, { callsPerMinute }: { callsPerMinute: number }) {
  const intervalMs = 60_000 / (callsPerMinute * USED_SHARE)
  return {
    intervalMs,
    /** Takes the next free moment, unless it is more than `maxWaitMs` away. */
    async reserve(budget: Quota, { maxWaitMs }: { maxWaitMs: number }): Promise<Slot> {
      const answer = await reserve(redis, [stateKey(tenant, 'pace', budget)], [intervalMs, maxWaitMs])
      if (!Array.isArray(answer)) throw new TypeError('Redis answered a script with something else than a list')
      return { granted: answer[0] === 1, waitMs: Number(answer[1]) }
    },
  }
}
