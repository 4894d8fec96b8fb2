import { eventListPrefix, type RedisClient, scanKeys, stateKey } from '@ponte/state'
import { isTenantName } from '@ponte/contracts'
import { queueKinds, queueName } from '@ponte/runtime'

/** The tenants that have data in Redis, in alphabetical order, including those that are no longer in the tenants file. */
export async function readStoredTenants(redis: RedisClient): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const keys of scanKeys(redis, '{*}:*'))
    for (const key of keys) {
      const tenant = tenantOfKey(key)
      if (tenant !== undefined) found.add(tenant)
    }
  return [...found].toSorted()
}

/** The tenant of a key. Undefined for keys of other applications, which may group their keys with braces as well. */
export function tenantOfKey(key: string): string | undefined {
  const [, name = ''] = /^\{([^}]*)\}:/.exec(key) ?? []
  if (!isTenantName(name)) return undefined
  const prefixes = [stateKey(name, ''), ...queueKinds.map(kind => `{${name}}:${queueName(name, kind)}:`)]
  return prefixes.some(prefix => key.startsWith(prefix)) ? name : undefined
}

/** A key of Redis with its whole value. */
export interface Entry {
  readonly key: string
  readonly type: string
  readonly value: unknown
  /** Key and value as one text, to search in. */
  readonly text: string
}

/**
 * Yields every key of one tenant, BullMQ's and Ponte's own, but for the lists of all events: these are long and hold ids of timelines only.
 * Keys that exist during the whole scan are never missed.
 */
export async function* readKeyspace(redis: RedisClient, tenant: string): AsyncGenerator<Entry> {
  const lists = eventListPrefix(tenant)
  for await (const found of scanKeys(redis, `{${tenant}}:*`)) {
    const keys = found.filter(key => !key.startsWith(lists))
    const entries = await Promise.all(keys.map(key => readEntry(redis, key)))
    for (const entry of entries) if (entry.type !== 'none') yield entry
  }
}

async function readEntry(redis: RedisClient, key: string): Promise<Entry> {
  const type = await redis.type(key)
  const value = await readValue(redis, key, type)
  return { key, type, value, text: `${key}\n${textIn(value)}` }
}

function readValue(redis: RedisClient, key: string, type: string): Promise<unknown> {
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
      return redis.zrange(key, '0', '-1')
    case 'stream':
      return redis.xrange(key, '-', '+')
    default:
      return Promise.resolve(undefined)
  }
}

/** All texts of a value, one a line. Not as JSON: more escapes would make them harder to search. */
export function textIn(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.map(textIn).join('\n')
  if (typeof value !== 'object' || value === null) return ''
  return Object.entries(value)
    .map(([name, item]) => `${name}\n${textIn(item)}`)
    .join('\n')
}
