import type { Destination } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { blocks, readOpenBreakers } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** Jobs may wait for a breaker this much longer than its pause: by then a job should have probed. */
const PROBE_GRACE_MS = 30_000

export interface WatchedQueue {
  readonly queue: Queue
  readonly redis: Redis
  readonly tenant: Tenant
  readonly destination: Destination
  /** How many of the queue's jobs run in this process. */
  readonly running: number
}

/** How many waiting jobs this worker could start now. 0 while the queue is paused or its circuit breaker is open. */
export async function countStartable({ queue, redis, tenant, destination, running }: WatchedQueue): Promise<number> {
  // Usually nothing waits. One command must then be enough, because every worker asks this of every queue.
  const waiting = await queue.getWaitingCount()
  if (waiting === 0 || (await queue.isPaused())) return 0
  // Other workers run as many jobs as are allowed at a time, so this one cannot start any.
  if (running === 0 && (await queue.isMaxed())) return 0
  const breakers = await readOpenBreakers(redis, tenant.name)
  const isOpen = breakers.some(each => blocks(each, destination) && each.until + PROBE_GRACE_MS > Date.now())
  return isOpen ? 0 : waiting
}
