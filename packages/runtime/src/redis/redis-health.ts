import {
  askPrimaries,
  type RedisClient,
  withDeadline,
  createReplicas,
  type KeptStep,
  type Replicas,
} from '@ponte/state'
import type { Logger } from '../telemetry/logger.ts'
import { Counter, type Registry } from 'prom-client'
import type { RedisTarget } from '../settings/redis-target.ts'

export interface RedisHealth {
  readonly answers: boolean
  /** The settings by which this Redis may lose an acknowledged event (docs/behaviour/deliveries.md#accepted-means-kept). */
  readonly warnings: readonly string[]
}

/** Logs a warning for each setting by which this Redis may lose an acknowledged event, as soon as it answers. */
export function warnOfWeakRedis(redis: RedisClient, log: Logger): void {
  const check = async (): Promise<void> => {
    const { warnings } = await checkRedis(redis)
    for (const weakness of warnings) log.warn({ weakness }, 'this redis may lose acknowledged events')
  }
  if (redis.status === 'ready') void check()
  else redis.once('ready', () => void check())
}

const PING_TIMEOUT_MS = 1000

export interface RedisWanted {
  /** How many replicas confirm what must not be lost. Default: none. */
  readonly waitReplicas?: number
}

/** Does Redis answer, and does it keep what it confirms? Never throws. */
export async function checkRedis(redis: RedisClient, { waitReplicas = 0 }: RedisWanted = {}): Promise<RedisHealth> {
  const away = await findAway(redis)
  if (away === undefined) return { answers: false, warnings: [] }
  const weaknesses = await withDeadline(findWeaknesses(redis, waitReplicas), PING_TIMEOUT_MS).catch(() => [])
  return { answers: true, warnings: [...away.map(server => `redis does not answer at ${server}`), ...weaknesses] }
}

/** The primaries of a Cluster that do not answer: the tenants of the others can be served. Undefined when none answers. */
async function findAway(redis: RedisClient): Promise<string[] | undefined> {
  const answers = await withDeadline(
    askPrimaries(redis, async primary => {
      const answer = await withDeadline(primary.ping(), PING_TIMEOUT_MS).catch(() => undefined)
      return answer === undefined ? [`${primary.options.host}:${primary.options.port}`] : []
    }),
    2 * PING_TIMEOUT_MS,
  ).catch(() => [])
  return answers.some(away => away.length === 0) ? answers.flat() : undefined
}

async function findWeaknesses(redis: RedisClient, waitReplicas: number): Promise<string[]> {
  const wanted = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' }
  const warnings: string[] = []
  for (const [name, value] of Object.entries(wanted)) {
    const found = await readRedisSetting(redis, name)
    if (found === undefined) warnings.push(`redis does not say what its ${name} is; it must be ${value}`)
    else if (found !== value)
      warnings.push(`redis has ${name} ${found}; with anything but ${value} an event can be lost`)
  }
  return [...warnings, ...(await findSpareWarnings(redis, waitReplicas))]
}

/**
 * A setting of Redis, which is the same on every server as a rule; else each value that occurs. Undefined when it is not known: managed
 * services refuse CONFIG.
 */
export async function readRedisSetting(redis: RedisClient, name: string): Promise<string | undefined> {
  const answers = await askPrimaries(redis, primary => primary.config('GET', name)).catch(() => [])
  const values = answers.flatMap(answer => (Array.isArray(answer) && typeof answer[1] === 'string' ? [answer[1]] : []))
  return values.length === 0 ? undefined : [...new Set(values)].join(' / ')
}

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
async function findSpareWarnings(redis: RedisClient, wanted: number): Promise<readonly string[]> {
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
