import type { Redis } from 'ioredis'

/** How many jobs of a tenant's queue are where, as BullMQ keeps them. */
export interface QueueCounts {
  readonly failed: number
  /** To be done now or later. */
  readonly pending: number
}

/** Counts the jobs of one queue of a tenant. */
export async function countJobs(
  redis: Redis,
  tenant: string,
  kind: 'totvs-crm' | 'rd-station' | 'quarantine',
): Promise<QueueCounts> {
  const key = (state: string): string => `{${tenant}}:${tenant}.${kind}:${state}`
  const [failed, ...pending] = await Promise.all([
    redis.zcard(key('failed')),
    redis.llen(key('wait')),
    redis.llen(key('active')),
    redis.zcard(key('delayed')),
    redis.zcard(key('prioritized')),
  ])
  return { failed, pending: pending.reduce((sum, count) => sum + count, 0) }
}
