import { Redis, type RedisOptions } from 'ioredis'
import type { Logger } from '../telemetry/logger.ts'
import { redisErrorCode } from './is-redis-trouble.ts'

/** How long a command of the ingress may wait for Redis before the delivery is answered 503 (docs/behaviour.md#accepted-means-kept). */
const PRODUCER_COMMAND_TIMEOUT_MS = 1500

/** Milliseconds. By default ioredis waits up to 20 s between tries. Work has to go on within 2 s when Redis is back. */
const retryStrategy = (times: number): number => Math.min(50 * 2 ** Math.min(times, 5), 1000)

/** After a failover the old primary is read-only, and ends the reads that wait there. So reconnect and send the command again. */
export const reconnectOnError = (error: Error): 2 | false =>
  ['READONLY', 'UNBLOCKED'].includes(redisErrorCode(error.message)) ? 2 : false

const patient = { retryStrategy, reconnectOnError, connectTimeout: 2000, keepAlive: 5000 } satisfies RedisOptions

/** For producers: a command fails at once while Redis is away, and within 1.5 s when it hangs. */
export function openProducerRedis(url: string, log: Logger): Redis {
  return watch(
    new Redis(url, {
      ...patient,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: PRODUCER_COMMAND_TIMEOUT_MS,
    }),
    log,
  )
}

/** For BullMQ workers: commands wait for Redis to return. No command timeout: the blocking read would trip it. */
export function openWorkerRedis(url: string, log: Logger): Redis {
  return watch(new Redis(url, { ...patient, maxRetriesPerRequest: null }), log)
}

/** For a job's own state: survives a short interruption, and fails before the job's lock is lost. */
export function openStateRedis(url: string, log: Logger): Redis {
  return watch(new Redis(url, { ...patient, maxRetriesPerRequest: 3, commandTimeout: 4000 }), log)
}

/** Logs one line when the connection is lost and one when it is back. */
function watch(redis: Redis, log: Logger): Redis {
  let away = false
  redis.on('error', (err: Error) => {
    if (!away) log.warn({ err }, 'redis is not reachable')
    away = true
  })
  redis.on('ready', () => {
    if (away) log.info('redis is reachable again')
    away = false
  })
  return redis
}
