import {
  createLogger,
  findTlsTrouble,
  openQueues,
  openRedisOnce,
  type Queues,
  type RedisTarget,
  type Tenant,
} from '@ponte/runtime'
import { askPrimaries, type Fingerprint, type RedisClient } from '@ponte/state'
import { NotReachableError } from '../exit-codes.ts'
import type { Session } from '../session.ts'
import { requireFingerprintKey } from '../settings/read-settings.ts'

/** A connection that does not wait for Redis to come back. Resolves to undefined when Redis does not answer. */
export async function connectRedis(target: RedisTarget): Promise<RedisClient | undefined> {
  const redis = openRedisOnce(target)
  try {
    await redis.connect()
    await redis.ping()
    return redis
  } catch {
    redis.disconnect()
    return undefined
  }
}

/** Runs `work` and disconnects afterwards. Throws NotReachableError when Redis does not answer. */
export async function withRedis<Result>(
  { target, session }: { target: RedisTarget; session: Pick<Session, 'texts'> },
  work: (redis: RedisClient) => Promise<Result>,
): Promise<Result> {
  const redis = await connectRedis(target)
  if (redis === undefined) {
    const { redisUnreachable, redisTlsFails } = session.texts.errors
    const trouble = await findTlsTrouble(target)
    throw new NotReachableError(trouble === undefined ? redisUnreachable : redisTlsFails(trouble))
  }
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/**
 * `withRedis` with the queues of the given tenants, if Redis uses the configured fingerprint key for all of them. `tenants` may be a
 * function that reads their names from Redis. Opening a queue creates a key in Redis.
 */
export async function withQueues<Named extends Pick<Tenant, 'name'>, Result>(
  options: {
    settings: { REDIS: RedisTarget; fingerprint: Fingerprint }
    tenants: readonly Named[] | ((redis: RedisClient) => Promise<readonly Named[]>)
    session: Pick<Session, 'texts' | 'language'>
  },
  work: (tools: { redis: RedisClient; queues: Queues; tenants: readonly Named[] }) => Promise<Result>,
): Promise<Result> {
  const { settings, session } = options
  return await withRedis({ target: settings.REDIS, session }, async redis => {
    const tenants = typeof options.tenants === 'function' ? await options.tenants(redis) : options.tenants
    await requireFingerprintKey(redis, { tenants, fingerprint: settings.fingerprint }, session)
    const queues = openQueues(tenants, redis, createLogger({ level: 'silent', process: 'cli' }))
    try {
      return await work({ redis, queues, tenants })
    } finally {
      await queues.close()
    }
  })
}

/**
 * Asks every server that holds data to rewrite its append-only file without the removed data. False if one has no such file or does not
 * allow it.
 */
export const rewriteAppendOnlyFile = (redis: RedisClient): Promise<boolean> =>
  askPrimaries(redis, primary => primary.bgrewriteaof()).then(
    () => true,
    () => false,
  )
