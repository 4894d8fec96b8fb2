import { createLogger, openQueues, type Queues, type Tenant } from '@ponte/runtime'
import { Redis } from 'ioredis'
import { NotReachableError } from './exit-codes.ts'
import type { Session } from './session.ts'

/** A connection that says at once when Redis does not answer, and does not wait for it. Undefined then. */
export async function connectRedis(url: string): Promise<Redis | undefined> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    commandTimeout: 20_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  redis.on('error', () => {})
  try {
    await redis.connect()
    await redis.ping()
    return redis
  } catch {
    redis.disconnect()
    return undefined
  }
}

/** Works with the tenants' queues and closes everything afterwards. Throws NotReachableError without a Redis. */
export async function withQueues<Result>(
  { url, tenants, session }: { url: string; tenants: readonly Tenant[]; session: Pick<Session, 'texts'> },
  work: (tools: { redis: Redis; queues: Queues }) => Promise<Result>,
): Promise<Result> {
  const redis = await connectRedis(url)
  if (redis === undefined) throw new NotReachableError(session.texts.redisUnreachable)
  const queues = openQueues(tenants, redis, createLogger({ level: 'silent', process: 'cli' }))
  try {
    return await work({ redis, queues })
  } finally {
    await queues.close()
    redis.disconnect()
  }
}
