import { Redis } from 'ioredis'

/** A key of Redis with all that it holds. */
export interface RedisEntry {
  readonly key: string
  readonly type: string
  /** Milliseconds; -1: for ever. */
  readonly ttl: number
  readonly text: string
}

/** Everything that a Redis holds, or what it holds for one tenant. */
export async function readRedis(redis: Redis, match = '*'): Promise<readonly RedisEntry[]> {
  const keys = new Set<string>()
  for await (const found of redis.scanStream({ match, count: 1000 })) for (const key of found) keys.add(key)
  const entries = await Promise.all([...keys].map(key => readEntry(redis, key)))
  // A key may end between the scan and the reading.
  return entries.filter(({ type }) => type !== 'none')
}

async function readEntry(redis: Redis, key: string): Promise<RedisEntry> {
  const [type, ttl] = await Promise.all([redis.type(key), redis.pttl(key)])
  return { key, type, ttl, text: JSON.stringify(await readValue(redis, key, type)) }
}

function readValue(redis: Redis, key: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(key)
    case 'hash':
      return redis.hgetall(key)
    case 'list':
      return redis.lrange(key, 0, -1)
    case 'set':
      return redis.smembers(key)
    case 'zset':
      return redis.zrange(key, '0', '-1', 'WITHSCORES')
    case 'stream':
      return redis.xrange(key, '-', '+')
    default:
      return Promise.resolve(undefined)
  }
}

/** A connection that a test may use while its Redis comes and goes. */
export function openTestRedis(url: string): Redis {
  const redis = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null })
  redis.on('error', () => {})
  return redis
}
