import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@ponte/runtime'
import { acquireLock } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

const EVERY_MS = 600_000
/** No tenant's own: one round serves the whole installation. */
const LOCK = 'ponte:housekeeping:lock'
const DONE = 'ponte:housekeeping:done'

export interface HousekeepingOptions {
  readonly queues: readonly Queue[]
  /** A connection of its own: many cleanings must not stand before the renewal of a lock. */
  readonly redis: Redis
  readonly log: Logger
  readonly everyMs?: number
  readonly keep: (queue: Queue) => Promise<void>
}

/**
 * Every ten minutes one of all workers looks after the queues, one queue after the other. The next round begins ten minutes after the
 * last has ended, so that rounds never overlap.
 */
export function startHousekeeping(options: HousekeepingOptions) {
  const { everyMs = EVERY_MS, log } = options
  const closing = new AbortController()

  async function run(): Promise<void> {
    while (!closing.signal.aborted) {
      await sleep(everyMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
      if (!closing.signal.aborted)
        await pruneAllQueues(options, closing.signal).catch((err: unknown) => log.debug({ err }, 'housekeeping failed'))
    }
  }

  const running = run()
  return {
    async close(): Promise<void> {
      closing.abort()
      await running
    },
  }
}

/** One round. Returns how many queues were looked after: none when another worker does it, or did a while ago. */
export async function pruneAllQueues(
  { queues, redis, everyMs = EVERY_MS, keep }: Omit<HousekeepingOptions, 'log'>,
  closing: AbortSignal = new AbortController().signal,
): Promise<number> {
  const lock = await acquireLock(redis, [LOCK], { waitMs: 0 })
  if (lock === undefined) return 0
  try {
    if ((await redis.exists(DONE)) === 1) return 0
    let kept = 0
    for (const queue of queues) {
      if (closing.aborted || !lock.isHeld()) return kept
      await keep(queue)
      kept += 1
    }
    // A little less, so that a worker whose clock runs ahead is not a whole round too late.
    await redis.set(DONE, '1', 'PX', Math.max(1, Math.round(everyMs * 0.9)))
    return kept
  } finally {
    await lock.release()
  }
}
