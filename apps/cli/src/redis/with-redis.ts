import { createLogger, openQueues, type Queues, type Tenant } from '@ponte/runtime'
import { Redis } from 'ioredis'
import { NotReachableError } from '../exit-codes.ts'
import type { Session } from '../session.ts'

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

/** Works with Redis and disconnects afterwards. Throws NotReachableError without one. */
export async function withRedis<Result>(
  { url, session }: { url: string; session: Pick<Session, 'texts'> },
  work: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const redis = await connectRedis(url)
  if (redis === undefined) throw new NotReachableError(session.texts.redisUnreachable)
  try {
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

/** The same with the queues of tenants, whom what Redis holds may tell. A queue that was opened leaves a key of its own there. */
export async function withQueues<Named extends Pick<Tenant, 'name'>, Result>(
  options: {
    url: string
    tenants: readonly Named[] | ((redis: Redis) => Promise<readonly Named[]>)
    session: Pick<Session, 'texts'>
  },
  work: (tools: { redis: Redis; queues: Queues; tenants: readonly Named[] }) => Promise<Result>,
): Promise<Result> {
  return await withRedis(options, async redis => {
    const tenants = typeof options.tenants === 'function' ? await options.tenants(redis) : options.tenants
    const queues = openQueues(tenants, redis, createLogger({ level: 'silent', process: 'cli' }))
    try {
      return await work({ redis, queues, tenants })
    } finally {
      await queues.close()
    }
  })
}
