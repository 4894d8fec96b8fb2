import { isTenantName } from '@ponte/contracts'
import { queueKinds, queueName } from '@ponte/runtime'
import { type RedisClient, scanKeys, stateKey } from '@ponte/state'

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
