import { countReplicas, readRedisSetting } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import { type CheckResult, notCheckable, passed, skipped, warned } from './check-result.ts'

const REFUSES = 'min-replicas-to-write'

/**
 * Has each primary one replica more than must confirm a step, and does one that stands alone stop? Else steps are not confirmed while a
 * replica is away, and workers may work at two primaries (docs/operating/failover.md#how-many-replicas). `redis` is undefined if it does not
 * answer; `waitReplicas`: REDIS_WAIT_REPLICAS.
 */
export async function checkRedisReplicas(
  redis: RedisClient | undefined,
  waitReplicas: number,
): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['redis-replicas', 'redis-alone'], 'redis')
  if (waitReplicas === 0) return [passed('redis-replicas'), passed('redis-alone')]
  return [await checkSpare(redis, waitReplicas), await checkAlone(redis)]
}

async function checkSpare(redis: RedisClient, waitReplicas: number): Promise<CheckResult> {
  const counts = await countReplicas(redis)
  if (counts.length === 0) return notCheckable('redis-replicas', 'REDIS_HIDES_SETTING', { settings: 'INFO' })
  const found = Math.min(...counts)
  if (found > waitReplicas) return passed('redis-replicas')
  return warned('redis-replicas', 'REPLICA_TO_SPARE_MISSING', { found, wanted: waitReplicas + 1, waitReplicas })
}

async function checkAlone(redis: RedisClient): Promise<CheckResult> {
  const found = await readRedisSetting(redis, REFUSES)
  if (found === undefined) return notCheckable('redis-alone', 'REDIS_HIDES_SETTING', { settings: REFUSES })
  // On a Cluster each value that occurs.
  if (!found.split(' / ').includes('0')) return passed('redis-alone')
  return warned('redis-alone', 'PRIMARY_ALONE_WRITES', { settings: REFUSES, found })
}
