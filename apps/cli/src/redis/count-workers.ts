import { queuePrefix } from '@ponte/runtime'
import type { Redis } from 'ioredis'

/** Counts the connected BullMQ workers of a tenant by the names of their connections. 0 where Redis does not allow CLIENT LIST. */
export async function countWorkers(redis: Redis, tenant: string): Promise<number> {
  const clients = await redis.client('LIST').catch(() => '')
  return String(clients).split(` name=${queuePrefix(tenant)}:`).length - 1
}
