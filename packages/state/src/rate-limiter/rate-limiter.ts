import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScript } from '../redis/load-script.ts'

/** The two quotas of an RD Station account (reference rd-station.md §5). */
export type Quota = 'contacts' | 'events'

/**
 * Part of the quota that is used: the rest is slack for the time between the grant of a call and its arrival, so that even a
 * window cut at the worst moment holds no call too many.
 */
const USED_SHARE = 0.97

const reserve = loadScript(import.meta.dirname, 'reserve-slot.lua')

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
      const [granted, waitMs] = listOf(answer)
      return { granted: granted === 1, waitMs: Number(waitMs) }
    },
  }
}
