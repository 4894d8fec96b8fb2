import type { Redis } from 'ioredis'
import { isTenantName } from '@ponte/contracts'
import { queueKinds, queueName } from '@ponte/runtime'
import { stateKey } from '@ponte/state'

const BATCH = 500

/** Yields the keys that match a pattern, in batches and each once. Keys that exist during the whole scan are never missed. */
export async function* scanKeys(redis: Redis, match: string): AsyncGenerator<readonly string[]> {
  const seen = new Set<string>()
  for await (const found of redis.scanStream({ match, count: BATCH })) {
    const batch: string[] = []
    for (const key of found) {
      if (typeof key !== 'string' || seen.has(key)) continue
      seen.add(key)
      batch.push(key)
    }
    if (batch.length > 0) yield batch
  }
}

/** The tenants that have data in Redis, in alphabetical order, including those that are no longer in the tenants file. */
export async function readStoredTenants(redis: Redis): Promise<readonly string[]> {
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
