import { setTimeout as sleep } from 'node:timers/promises'
import type { CallGuard } from '@ponte/clients'
import type { createRateLimiter } from '@ponte/state'

/** The longest that a person should wait for a turn of the account's quota. */
const LONGEST_TURN_MS = 30_000

/**
 * Around the calls of a command: no rest holds them up, because finding out is what they are for. Calls that spend a quota of
 * RD Station stand in the same line as the workers'.
 */
export const createCommandCallGuard = (pace?: ReturnType<typeof createRateLimiter>): CallGuard => ({
  async before({ quota: budget }) {
    if (budget === undefined || pace === undefined) return
    const { granted, waitMs } = await pace.reserve(budget, { maxWaitMs: LONGEST_TURN_MS })
    if (granted && waitMs > 0) await sleep(waitMs)
  },
  after: () => Promise.resolve(),
})
