import { queuePrefix } from '@ponte/runtime'
import { askPrimaries, type RedisClient } from '@ponte/state'

/**
 * How many worker processes serve each tenant, by the names that BullMQ gives to workers' connections. A process has one for each queue of
 * the tenant but the quarantine, so the queue with the most is counted. Undefined when Redis does not allow CLIENT LIST, because then
 * nothing is known.
 */
export async function countWorkers(
  redis: RedisClient,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, number> | undefined> {
  const clients = await askPrimaries(redis, primary => primary.client('LIST')).catch(() => undefined)
  if (clients === undefined) return undefined
  const names = [...clients.join('\n').matchAll(/ name=(\{[^}]+\}:\S*)/g)].map(([, name = '']) => name)
  const most = new Map<string, number>()
  for (const [name, { length }] of Map.groupBy(names, each => each)) {
    const prefix = name.slice(0, name.indexOf('}') + 1)
    most.set(prefix, Math.max(most.get(prefix) ?? 0, length))
  }
  return new Map(tenants.map(tenant => [tenant, most.get(queuePrefix(tenant)) ?? 0]))
}
