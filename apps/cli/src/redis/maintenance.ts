import type { Redis } from 'ioredis'
import { queuePrefix } from '@ponte/runtime'

/** Asks Redis to rewrite its append-only file without the removed data. False if Redis has no such file or does not allow it. */
export const rewriteAppendOnlyFile = (redis: Redis): Promise<boolean> =>
  redis.bgrewriteaof().then(
    () => true,
    () => false,
  )

/** Counts the connected BullMQ workers of a tenant by the names of their connections. 0 where Redis does not allow CLIENT LIST. */
export async function countWorkers(redis: Redis, tenant: string): Promise<number> {
  const clients = await redis.client('LIST').catch(() => '')
  return String(clients).split(` name=${queuePrefix(tenant)}:`).length - 1
}
