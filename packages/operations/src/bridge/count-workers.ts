import { queuePrefix } from '@ponte/runtime'
import { askPrimaries, type RedisClient } from '@ponte/state'

/**
 * How many queues of each tenant have a connected worker process, by the names that BullMQ gives to workers' connections. Undefined when
 * Redis does not allow CLIENT LIST, because then nothing is known.
 */
export async function countWorkers(
  redis: RedisClient,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const clients = await askPrimaries(redis, primary => primary.client('LIST')).catch(() => undefined)
  if (clients === undefined) return undefined
  const prefixes = [...clients.join('\n').matchAll(/ name=(\{[^}]+\}):/g)].map(([, prefix = '']) => prefix)
  const counts = Map.groupBy(prefixes, prefix => prefix)
  return new Map(tenants.map(tenant => [tenant, counts.get(queuePrefix(tenant))?.length ?? 0]))
}
