import { askPrimaries, type RedisClient, withDeadline } from '@ponte/state'
import { findSpareWarnings } from './replicas.ts'
import type { Logger } from '../telemetry/logger.ts'

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
