import type { Redis } from 'ioredis'

/** How many jobs are where, as BullMQ keeps them. */
export interface QueueCounts {
  readonly failed: number
  /** To be done now or later. */
  readonly pending: number
}

export type CountedQueue = 'totvs-crm' | 'rd-station' | 'quarantine'

/**
 * Counts the jobs of some queues of a tenant together. In one step: a job that goes on from one state, or one queue, to the next meanwhile
 * would be missed.
 */
export async function countJobs(
  redis: Redis,
  tenant: string,
  queues: CountedQueue | readonly CountedQueue[],
): Promise<QueueCounts> {
  const keys = [queues].flat().map(name => (state: string) => `{${tenant}}:${tenant}.${name}:${state}`)
  const counting = redis.multi()
  for (const key of keys) counting.zcard(key('failed'))
  for (const key of keys) counting.llen(key('wait')).llen(key('active')).zcard(key('delayed')).zcard(key('prioritized'))
  const counts = ((await counting.exec()) ?? []).map(([error, count]) => {
    if (error) throw error
    return Number(count)
  })
  const sum = (some: readonly number[]): number => some.reduce((total, count) => total + count, 0)
  return { failed: sum(counts.slice(0, keys.length)), pending: sum(counts.slice(keys.length)) }
}
