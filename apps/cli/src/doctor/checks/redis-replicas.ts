import { countReplicas } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { type CheckResult, notCheckable, passed, skipped, warned } from './check-result.ts'

/**
 * Has each primary one replica more than must confirm a step? Else steps are not confirmed while one is away (docs/operating/failover.md).
 * `redis` is undefined if it does not answer; `waitReplicas`: REDIS_WAIT_REPLICAS.
 */
export async function checkRedisReplicas(
  redis: RedisClient | undefined,
  waitReplicas: number,
): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['redis-replicas'], 'redis')
  if (waitReplicas === 0) return [passed('redis-replicas')]
  const counts = await countReplicas(redis)
  if (counts.length === 0) return [notCheckable('redis-replicas', 'REDIS_HIDES_SETTING', { settings: 'INFO' })]
  const found = Math.min(...counts)
  if (found > waitReplicas) return [passed('redis-replicas')]
  return [warned('redis-replicas', 'REPLICA_TO_SPARE_MISSING', { found, wanted: waitReplicas + 1, waitReplicas })]
}
