import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'
import { listOf, loadScript } from '../redis/load-script.ts'

/** The two quotas of an RD Station account (docs/vendors/rd-station.md#quotas). */
export type Quota = 'contacts' | 'events'

/**
 * The share of the quota that is used. The rest is a reserve for the time between a reservation and the arrival of its call, so that no
 * minute has too many calls, however it is cut: 1.2 s of each minute, of which a worker that stands still may take 0.7 s.
 */
const USED_SHARE = 0.98

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
export function createRateLimiter(redis: Redis, tenant: string, { callsPerMinute }: { callsPerMinute: number }) {
  const intervalMs = 60_000 / (callsPerMinute * USED_SHARE)
  return {
    intervalMs,
    /** Takes the next free moment, unless it is more than `maxWaitMs` away. */
    async reserve(quota: Quota, { maxWaitMs }: { maxWaitMs: number }): Promise<Slot> {
      const answer = await reserve(redis, [stateKey(tenant, 'rate-limiter', quota)], [intervalMs, maxWaitMs])
      const [granted, waitMs] = listOf(answer)
      return { granted: granted === 1, waitMs: Number(waitMs) }
    },
  }
}
