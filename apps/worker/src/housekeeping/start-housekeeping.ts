import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '@ponte/runtime'
import { acquireLock } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

const EVERY_MS = 600_000
/** One round serves all tenants, so these keys belong to none. */
const LOCK = 'ponte:housekeeping:lock'
const DONE = 'ponte:housekeeping:done'

export interface HousekeepingOptions {
  readonly queues: Iterable<Queue>
  /** A connection for maintenance only: pruning must not delay the renewal of locks. */
  readonly redis: Redis
  readonly log: Logger
  readonly everyMs?: number
  /** `signal` is aborted when another worker may have the lock. */
  readonly prune: (queue: Queue, signal: AbortSignal) => Promise<void>
}

/**
 * Every ten minutes one of all workers prunes the queues, one after the other. A worker starts its next round ten minutes after the
 * last one ended, so rounds never overlap.
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

/** One round. Returns how many queues were pruned: 0 when another worker does it now or did it within the interval. */
export async function pruneAllQueues(
  { queues, redis, everyMs = EVERY_MS, prune }: Omit<HousekeepingOptions, 'log'>,
  closing: AbortSignal = new AbortController().signal,
): Promise<number> {
  const lock = await acquireLock(redis, [LOCK], { waitMs: 0 })
  if (lock === undefined) return 0
  try {
    if ((await redis.exists(DONE)) === 1) return 0
    let pruned = 0
    for (const queue of queues) {
      if (closing.aborted || !lock.isHeld()) return pruned
      await prune(queue, lock.signal)
      pruned += 1
    }
    // A little less than the interval. Otherwise the next round could come just too early and be skipped as a whole.
    await redis.set(DONE, '1', 'PX', Math.max(1, Math.round(everyMs * 0.9)))
    return pruned
  } finally {
    await lock.release()
  }
}
