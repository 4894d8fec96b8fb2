import { COMPLETED_KEEP_S, createQuarantineSize, FAILED_KEEP_S, queueName, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** The name of a job that does nothing. When it completes, BullMQ removes completed jobs that are too old. Stored in Redis, so it must not change. */
export const HOUSEKEEPING = 'housekeeping'

const CLEAN_BATCH = 1000
/** Pruning adds one such job an hour at most, and each is kept as long as any completed job. */
const MAX_HOUSEKEEPING_JOBS = COMPLETED_KEEP_S / 3600 + 1

/**
 * Removes finished jobs that are too old (docs/behaviour.md#retention). BullMQ does this only when another job finishes, so in a
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

/** Prunes any queue. Afterwards measures a quarantine again, because its size is counted and may have drifted. */
export function createPruner(tenants: readonly Pick<Tenant, 'name'>[], redis: Redis) {
  const quarantines = new Map(tenants.map(({ name }) => [queueName(name, 'quarantine'), name]))
  return async (queue: Queue): Promise<void> => {
    await pruneQueue(queue)
    const tenant = quarantines.get(queue.name)
    if (tenant !== undefined) await createQuarantineSize(redis, queue, { tenant }).measure()
  }
}
