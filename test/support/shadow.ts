import { createTenantMode, type TenantMode } from '@ponte/state'
import type { Call, SandboxClient } from '@ponte/testbed'
import { Redis } from 'ioredis'
import { inject } from 'vitest'

/** The calls that create or change a record of either system. A login changes none. */
export async function writesAt(sandbox: SandboxClient): Promise<readonly Call[]> {
  const calls = await sandbox.calls()
  return calls.filter(({ method, path }) => method !== 'GET' && !/\/(?:token|login)\b/.test(path))
}

/** What Redis holds of a tenant's mode, on a connection that `close` ends. */
export function openMode(tenant: string): TenantMode & { readonly redis: Redis; close(): void } {
  const redis = new Redis(inject('redisUrl'))
  return { ...createTenantMode(redis, tenant), redis, close: () => redis.disconnect() }
}
