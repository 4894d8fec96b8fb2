import { COMPLETED_KEEP_S, FAILED_KEEP_S, queueName, type Queues, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'

/** A job without a task: when it is done, BullMQ removes what is too old, and keeps the keys that recognise repeats. */
export const HOUSEKEEPING = 'housekeeping'

const CLEAN_BATCH = 1000
const TRACES = COMPLETED_KEEP_S / 3600 + 1

/**
 * BullMQ removes finished jobs only when another one finishes: in a queue that has gone quiet they would stay for ever. (Its
 * `clean` would do for completed jobs too, but drops the key by which a repeat of the last 7 days is recognised.)
 */
export async function pruneQueue(queue: Queue, { now = Date.now() }: { now?: number } = {}): Promise<void> {
  await queue.clean(FAILED_KEEP_S * 1000, CLEAN_BATCH, 'failed')
  // Traces of earlier cleanings may stand before it: one an hour at most, for a day.
  const [oldest] = (await queue.getJobs(['completed'], 0, TRACES, true)).filter(({ name }) => name !== HOUSEKEEPING)
  if (oldest === undefined || (oldest.finishedOn ?? now) >= now - COMPLETED_KEEP_S * 1000) return
  const hour = Math.floor(now / 3_600_000)
  await queue.add(HOUSEKEEPING, {}, { jobId: `${HOUSEKEEPING}-${hour}`, removeOnComplete: { age: COMPLETED_KEEP_S } })
}

/** Keeps the house of any queue, and corrects how much is said to be in quarantine by what is there after the cleaning. */
export function createPruner(tenants: readonly Pick<Tenant, 'name'>[], queues: Pick<Queues, 'of'>) {
  const sizes = new Map(tenants.map(({ name }) => [queueName(name, 'quarantine'), queues.of(name)?.quarantineSize]))
  return async (queue: Queue): Promise<void> => {
    await pruneQueue(queue)
    await sizes.get(queue.name)?.measure()
  }
}
