import { isTenantName } from '@ponte/contracts'
import { queueKinds, queueName } from '@ponte/runtime'
import { stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import { scanKeys } from './scan-keys.ts'

/** The tenants that Redis holds anything of, in alphabetical order: also those that the tenants file no longer names. */
export async function readStoredTenants(redis: Redis): Promise<readonly string[]> {
  const found = new Set<string>()
  for await (const keys of scanKeys(redis, '{*}:*'))
    for (const key of keys) {
      const tenant = tenantOfKey(key)
      if (tenant !== undefined) found.add(tenant)
    }
  return [...found].toSorted()
}

/** Whose key of Ponte's or BullMQ's it is. Undefined for those of others: braces are Redis's own way to group keys. */
export function tenantOfKey(key: string): string | undefined {
  const [, name = ''] = /^\{([^}]*)\}:/.exec(key) ?? []
  if (!isTenantName(name)) return undefined
  const prefixes = [stateKey(name, ''), ...queueKinds.map(kind => `{${name}}:${queueName(name, kind)}:`)]
  return prefixes.some(prefix => key.startsWith(prefix)) ? name : undefined
}
