import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard } from '@ponte/clients'
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
