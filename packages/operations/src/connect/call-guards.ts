import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard } from '@ponte/clients'
import { ThrottledFailure } from '@ponte/contracts'
import type { createRateLimiter } from '@ponte/state'

/** The longest that a command waits for a slot in the account's quota. */
const MAX_SLOT_WAIT_MS = 30_000

/**
 * The guard around the calls of a command. It ignores circuit breakers, because a command is there to find out whether a system works.
 * With a rate limiter, calls take a slot of RD Station's quota like those of the workers.
 */
export const createCommandCallGuard = (rateLimiter?: ReturnType<typeof createRateLimiter>): CallGuard => ({
  async before({ quota: budget }) {
    if (budget === undefined || rateLimiter === undefined) return
    const { granted, waitMs } = await rateLimiter.reserve(budget, { maxWaitMs: MAX_SLOT_WAIT_MS })
    if (granted && waitMs > 0) await sleep(waitMs)
  },
  after: () => Promise.resolve(),
})

/** For so long one call waits until nobody else wants the quota. */
const MAX_WAIT_MS = 120_000

/**
 * Around the guard of a command or a worker: a call is made only when its quota has a slot at this moment, so that it takes nobody's place.
 * Throws a ThrottledFailure when there was none for two minutes.
 */
export function withSpareSlots(
  guard: CallGuard,
  rateLimiter: Pick<ReturnType<typeof createRateLimiter>, 'intervalMs' | 'reserve'>,
  { maxWaitMs = MAX_WAIT_MS }: { readonly maxWaitMs?: number } = {},
): CallGuard {
  return {
    ...guard,
    async before({ quota, ...call }) {
      const until = performance.now() + maxWaitMs
      while (quota !== undefined) {
        const { granted, waitMs } = await rateLimiter.reserve(quota, { maxWaitMs: 0 })
        if (granted) break
        if (performance.now() + waitMs > until)
          throw new ThrottledFailure('RD_QUOTA_EXCEEDED', { retryAfterMs: waitMs, scope: 'job', system: call.system })
        // A little later than the slot: whoever waits for that one goes first.
        await sleep(waitMs + rateLimiter.intervalMs / 2, undefined, { ...(guard.signal && { signal: guard.signal }) })
      }
      await guard.before(call)
    },
  }
}
