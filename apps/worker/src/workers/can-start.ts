import type { Destination } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { blocks, readOpenBreakers } from '@ponte/state'
import type { IQueueBackend } from 'bullmq'
import type { Redis } from 'ioredis'

/** Jobs may wait for a breaker this much longer than its pause: by then a job should have probed. */
const PROBE_GRACE_MS = 30_000

export interface WaitingQueue {
  readonly backend: Pick<IQueueBackend, 'hasQueueMetaField' | 'isMaxed'>
  readonly redis: Redis
  readonly tenant: Tenant
  readonly destination: Destination
  /** How many of the queue's jobs run in this process. */
  readonly running: number
}

/** Whether this worker could start jobs that wait: not while the queue is paused or its circuit breaker is open. */
export async function canStart({ backend, redis, tenant, destination, running }: WaitingQueue): Promise<boolean> {
  if (await backend.hasQueueMetaField('paused')) return false
  // Other workers run as many jobs as are allowed at a time, so this one cannot start any.
  if (running === 0 && (await backend.isMaxed())) return false
  const breakers = await readOpenBreakers(redis, tenant.name)
  return !breakers.some(each => blocks(each, destination) && each.until + PROBE_GRACE_MS > Date.now())
}
