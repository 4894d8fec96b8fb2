import {
  COMPLETED_KEEP_S,
  countWaiting,
  createQuarantineSize,
  FAILED_KEEP_S,
  type Logger,
  openQueues,
  queueKinds,
  queueName,
  type Tenant,
} from '@ponte/runtime'
import { createFailedJobs, type FailedJobReader, type FailedQueue } from '@ponte/operations'
import { createCauseRecords, createTenantMode, type RedisClient } from '@ponte/state'
import type { Queue } from 'bullmq'
import { inTurn, openRound, repeat } from './in-turn.ts'

/**
 * The name of a job that does nothing. When it completes, BullMQ removes completed jobs that are too old. Stored in Redis, so it must not
 * change.
 */
export const HOUSEKEEPING = 'housekeeping'

const CLEAN_BATCH = 1000
/** Pruning adds one such job an hour at most, and each is kept as long as any completed job. */
const MAX_HOUSEKEEPING_JOBS = COMPLETED_KEEP_S / 3600 + 1

/**
 * Removes finished jobs that are too old (docs/behaviour/queues.md#retention). BullMQ does this only when another job finishes, so in a
 * quiet queue they would stay for ever. Completed jobs are removed by completing a job that does nothing: BullMQ's `clean` would
 * also delete the key that recognises a repeated event for 7 days.
 */
export async function pruneQueue(queue: Queue, { now = Date.now() }: { now?: number } = {}): Promise<void> {
  await queue.clean(FAILED_KEEP_S * 1000, CLEAN_BATCH, 'failed')
  // Earlier prunings may have left their own jobs at the start.
  const [oldest] = (await queue.getJobs(['completed'], 0, MAX_HOUSEKEEPING_JOBS, true)).filter(
    ({ name }) => name !== HOUSEKEEPING,
  )
  if (oldest === undefined || (oldest.finishedOn ?? now) >= now - COMPLETED_KEEP_S * 1000) return
  const hour = Math.floor(now / 3_600_000)
  await queue.add(HOUSEKEEPING, {}, { jobId: `${HOUSEKEEPING}-${hour}`, removeOnComplete: { age: COMPLETED_KEEP_S } })
}

/**
 * Prunes any queue. Measures again what was counted and may have drifted: a quarantine, and what waits. With a quarantine it prunes the
 * shadow of its tenant. At last compares what is counted of failures with the failed jobs, and renews what was noted about their causes.
 */
export function createPruner(redis: RedisClient) {
  const failedJobs = createFailedJobs(redis)
  return async (queue: Queue): Promise<void> => {
    await pruneQueue(queue)
    const tenant = tenantOf(queue)
    const kind = queueKinds.find(each => queueName(tenant, each) === queue.name)
    if (kind === 'quarantine') {
      await createQuarantineSize(redis, queue, { tenant }).measure()
      await createTenantMode(redis, tenant).prune()
    } else if (kind !== undefined) {
      await countWaiting(redis, queue, tenant, kind)
    }
    if (kind === undefined) return
    await failedJobs.compare({ kind, queue })
    await renewCauses({ redis, failedJobs }, tenant, { kind, queue })
  }
}

const tenantOf = ({ name }: Queue): string => name.split('.')[0] ?? ''

const EVERY_MS = 600_000
/** One round serves all tenants, so these keys belong to none. */
const LOCK = 'ponte:housekeeping:lock'
const DONE = 'ponte:housekeeping:done'

export interface HousekeepingOptions {
  readonly queues: Iterable<Queue>
  /** A connection for maintenance only: pruning must not delay the renewal of locks. */
  readonly redis: RedisClient
  readonly log: Logger
  readonly everyMs?: number
  /** `signal` is aborted when another worker may have the lock. */
  readonly prune: (queue: Queue, signal: AbortSignal) => Promise<void>
}

/** Every ten minutes one of all workers prunes the queues, one after the other. */
export function startHousekeeping(options: HousekeepingOptions) {
  const { everyMs = EVERY_MS, log } = options
  const onError = (err: unknown): void => log.debug({ err }, 'housekeeping failed')
  return repeat(closing => pruneAllQueues(options, closing).catch(onError), { everyMs })
}

/**
 * One round. A queue that cannot be pruned keeps no other from it, unless the primary that they share is away. Returns how many queues were
 * pruned: 0 when another worker does it now or did it within the interval.
 */
export async function pruneAllQueues(
  { queues, redis, log, everyMs = EVERY_MS, prune }: HousekeepingOptions,
  closing: AbortSignal = new AbortController().signal,
): Promise<number> {
  let pruned = 0
  await inTurn(redis, LOCK, async lock => {
    if ((await redis.exists(DONE)) === 1) return
    const round = openRound(redis)
    for (const queue of queues) {
      if (closing.aborted || !lock.isHeld()) return
      try {
        await round(tenantOf(queue), () => prune(queue, lock.signal))
        pruned += 1
      } catch (err) {
        log.debug({ err, queue: queue.name }, 'a queue could not be pruned')
      }
    }
    // A little less than the interval. Otherwise the next round could come just too early and be skipped as a whole.
    await redis.set(DONE, '1', 'PX', Math.max(1, Math.round(everyMs * 0.9)))
  })
  return pruned
}

/** All queues, one after the other. A tenant's queues are open only while they are pruned: nobody needs them between two rounds. */
export const queuesInTurn = (
  tenants: () => readonly Pick<Tenant, 'name'>[],
  redis: RedisClient,
  log: Logger,
): Iterable<Queue> => ({
  *[Symbol.iterator]() {
    for (const tenant of tenants()) {
      const queues = openQueues([tenant], redis, log)
      try {
        yield* queues.all()
      } finally {
        void queues.close()
      }
    }
  },
})

/** What was noted about causes of failures lives on while they fail, also when nobody looks at them: docs/behaviour/operators.md#causes */
async function renewCauses(
  { redis, failedJobs }: { readonly redis: RedisClient; readonly failedJobs: FailedJobReader },
  tenant: string,
  { kind, queue }: FailedQueue,
): Promise<void> {
  const records = createCauseRecords(redis, tenant)
  const noted = (await records.noted()).filter(cause => cause.queue === kind)
  if (noted.length === 0) return
  const counts = await failedJobs.count({ kind, queue })
  for (const cause of noted) {
    const own = counts.filter(({ code }) => code === cause.code).map(({ last }) => last)
    if (own.length > 0) await records.renew(cause, Math.max(...own))
  }
}
