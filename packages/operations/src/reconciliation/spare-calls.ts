import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard } from '@ponte/clients'
import { ThrottledFailure } from '@ponte/contracts'
import type { createRateLimiter } from '@ponte/state'

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
