import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScript } from '../redis/load-script.ts'

/** The two quotas of an RD Station account (docs/vendors/rd-station.md#quotas). */
export type Quota = 'contacts' | 'events'

/**
 * The share of the quota that is used. A call may arrive later than its slot, so a minute may receive calls of slots before it. The unused
 * 1.2 s of each minute are the reserve for that; a worker that stands still may take 0.7 s of it.
 */
const USED_SHARE = 0.98

/** Redis keeps the time of the next free slot for this much longer than until then. */
const KEEP_MS = 1000

const reserve = loadScript(import.meta.dirname, 'reserve-slot.lua')

export interface Slot {
  readonly granted: boolean
  /** Milliseconds until the call may be made. If not granted: until the next slot that is free. */
  readonly waitMs: number
}

/**
 * Spreads the calls of one account evenly over time, for all workers together: each call has a slot of its own, one interval after the
 * one before. So no minute ever has more calls than the quota.
 */
export function createRateLimiter(redis: RedisClient, tenant: string, { callsPerMinute }: { callsPerMinute: number }) {
  const intervalMs = 60_000 / (callsPerMinute * USED_SHARE)
  const keyOf = (quota: Quota): string => stateKey(tenant, 'rate-limiter', quota)
  return {
    intervalMs,
    /** Takes the next free moment, unless it is more than `maxWaitMs` away. */
    async reserve(quota: Quota, { maxWaitMs }: { maxWaitMs: number }): Promise<Slot> {
      const answer = await reserve(redis, [keyOf(quota)], [intervalMs, maxWaitMs, KEEP_MS])
      const [granted, waitMs] = listOf(answer)
      return { granted: granted === 1, waitMs: Number(waitMs) }
    },
    /** Milliseconds until the next free slot. Takes nothing. */
    async peek(quota: Quota): Promise<number> {
      return Math.max(0, (await redis.pttl(keyOf(quota))) - KEEP_MS)
    },
  }
}
