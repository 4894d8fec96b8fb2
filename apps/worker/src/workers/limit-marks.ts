import type { Tenant } from '@ponte/runtime'
import type { IQueueBackend } from 'bullmq'

/** How long a running mark may wait for its slot in the quota. Long enough to use every slot although both systems answer slowly. */
const SECONDS_TO_SLOT = 6
const MIN_MARKS = 4

/** How many marks may run at a time, over all workers: as many as get a slot within seconds. */
const maxRunningMarks = (callsPerMinute: number): number =>
  Math.max(MIN_MARKS, Math.ceil((callsPerMinute * SECONDS_TO_SLOT) / 60))

/**
 * Lets workers take marks only as fast as RD Station's quota allows (docs/behaviour.md#waiting-marks). A mark reads TOTVS CRM before
 * it needs a slot, so one that runs too early would read in vain. BullMQ counts the running jobs in Redis: a killed worker keeps no share.
 */
export async function limitMarks(
  queue: Pick<IQueueBackend, 'getQueueMetaField' | 'setQueueMeta'>,
  { settings }: Tenant,
): Promise<void> {
  const concurrency = maxRunningMarks(settings.rdStation.callsPerMinute)
  // What BullMQ's `setGlobalConcurrency` writes. Every worker comes by, so it is written only when it changes.
  const current = await queue.getQueueMetaField('concurrency')
  if (current !== String(concurrency)) await queue.setQueueMeta({ concurrency })
}
