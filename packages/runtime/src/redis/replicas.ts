import { askPrimaries, createReplicas, type KeptStep, type RedisClient, type Replicas } from '@ponte/state'
import { Counter, type Registry } from 'prom-client'
import type { RedisTarget } from '../settings/redis-target.ts'
import type { Logger } from '../telemetry/logger.ts'

/** How many replicas confirm a step. Whoever has Sentinels or a Cluster has replicas too. */
export const waitReplicasOf = (settings: {
  readonly REDIS: RedisTarget
  readonly REDIS_WAIT_REPLICAS?: number | undefined
}): number => settings.REDIS_WAIT_REPLICAS ?? (settings.REDIS.kind === 'server' ? 0 : 1)

/** The metric of a process that confirms steps. */
export const countReplicasMissing = (registry: Registry): Counter<'step'> =>
  new Counter({
    name: 'ponte_redis_replicas_missing_total',
    help: 'Steps (delivery, opening, mark, token) that fewer replicas of Redis confirmed in time than REDIS_WAIT_REPLICAS.',
    labelNames: ['step'],
    registers: [registry],
  })

export interface WatchedReplicas {
  readonly wanted: number
  readonly waitMs: number
  readonly missing: Counter<'step'>
  readonly log: Logger
}

/** Confirms steps by replicas. Counts each step that too few have, and logs when that begins and ends. */
export function watchReplicas({ wanted, waitMs, missing, log }: WatchedReplicas): Replicas {
  return createReplicas({
    wanted,
    waitMs,
    onMissing: (step: KeptStep) => missing.inc({ step }),
    onChange(isMissing, primary) {
      if (isMissing) log.warn({ wanted, primary }, 'too few replicas of redis: a failover may lose what is written now')
      else log.info({ primary }, 'enough replicas of redis again')
    },
  })
}

/**
 * A warning for each primary that has no replica to spare: when one more of them goes away, steps are not confirmed any more. Empty when
 * no replicas are wanted, and when the primary does not tell (managed services may refuse `INFO`).
 */
export async function findSpareWarnings(redis: RedisClient, wanted: number): Promise<readonly string[]> {
  if (wanted === 0) return []
  return (await countReplicas(redis)).flatMap(count =>
    count > wanted
      ? []
      : [
          `redis has ${count} replicas in step; REDIS_WAIT_REPLICAS ${wanted} needs ${wanted + 1}, so that one may fail`,
        ],
  )
}

/** How many replicas follow each primary now. */
export const countReplicas = async (redis: RedisClient): Promise<readonly number[]> => {
  const answers = await askPrimaries(redis, primary => primary.info('replication')).catch(() => [])
  return answers.map(answer => [...answer.matchAll(/^slave\d+:.*\bstate=online\b/gm)].length)
}
