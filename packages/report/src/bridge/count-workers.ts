import { queuePrefix } from '@ponte/runtime'
import type { Redis } from 'ioredis'

/**
 * How many queues of each tenant are worked on by a connected worker process, by the names that BullMQ gives to the connections of
 * workers. Undefined where Redis does not allow CLIENT LIST: then nothing is known.
 */
export async function countWorkers(
  redis: Redis,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const clients = await redis.client('LIST').catch(() => undefined)
  if (typeof clients !== 'string') return undefined
  const prefixes = [...clients.matchAll(/ name=(\{[^}]+\}):/g)].map(([, prefix = '']) => prefix)
  const counts = Map.groupBy(prefixes, prefix => prefix)
  return new Map(tenants.map(tenant => [tenant, counts.get(queuePrefix(tenant))?.length ?? 0]))
}
