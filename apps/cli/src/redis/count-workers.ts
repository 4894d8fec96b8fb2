import { queuePrefix } from '@ponte/runtime'
import type { Redis } from 'ioredis'

/** BullMQ's workers give their connection a name that begins as their keys do. A Redis that hides its clients tells of none. */
export async function countWorkers(redis: Redis, tenant: string): Promise<number> {
  const clients = await redis.client('LIST').catch(() => '')
  return String(clients).split(` name=${queuePrefix(tenant)}:`).length - 1
}
