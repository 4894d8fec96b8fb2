import { readOldestStartable } from '@ponte/operations'
import { isInShard, type JsonAnswer, missingNames, type Shard, shard as shardText, type Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'
import type { Registry } from 'prom-client'
import { createGauges, withinBudget } from './queue-metrics.ts'

interface StartableDeps {
  /** The tenants of this moment. */
  readonly tenants: { readonly current: () => readonly Tenant[] }
  readonly redis: RedisClient
}

/**
 * The gauge that the number of workers can follow, for each of the parts into which workers divide the tenants. A part of which Redis does
 * not tell in time is left out: 0 would end workers.
 */
export function addStartableMetrics(
  registry: Registry,
  { tenants, redis, shards }: StartableDeps & { readonly shards: number },
): void {
  const parts = Array.from({ length: shards }, (_, index) => ({ number: index + 1, of: shards }))
  const gauge = createGauges(registry, read)
  const oldest = gauge(
    'ponte_oldest_startable_seconds',
    'How long the oldest event waits that another worker could start. What is paused, held by an open circuit breaker or waits for quota does not count.',
    ['shard'],
  )

  async function read(): Promise<void> {
    const ages = await withinBudget(readAges(redis, tenants.current()))
    oldest.reset()
    for (const part of parts) {
      const found = ages && oldestOf(ages, part)
      if (found !== undefined && found.isKnown) oldest.set({ shard: `${part.number}/${part.of}` }, found.seconds)
    }
  }
}

/**
 * The same for one part, as JSON for a scaler that reads no Prometheus: `?shard=2/8`, or names of tenants; without it all tenants. A wrong
 * part is refused: a scaler would take 0 for an answer.
 */
export function answerStartable({ tenants, redis }: StartableDeps) {
  return async (query: URLSearchParams): Promise<JsonAnswer> => {
    const asked = query.get('shard') ?? undefined
    const part = asked === undefined ? undefined : shardText.safeParse(asked)
    if (part?.success === false)
      return { status: 400, value: { problem: part.error.issues.map(({ message }) => `shard: ${message}`).join('; ') } }
    const all = tenants.current()
    if (missingNames(part?.data, all).length > 0)
      return { status: 404, value: { problem: 'shard: the tenants file has not all of these tenants' } }
    const own = all.filter(({ name }) => isInShard(name, part?.data))
    const ages = await withinBudget(readAges(redis, own))
    const found = ages && oldestOf(ages, part?.data)
    if (found === undefined || !found.isKnown) return { status: 503, value: { problem: 'redis does not answer' } }
    return { status: 200, value: { oldestStartableSeconds: found.seconds, tenants: found.tenants } }
  }
}

type Ages = Awaited<ReturnType<typeof readOldestStartable>>

const readAges = (redis: RedisClient, tenants: readonly Tenant[]): Promise<Ages> =>
  readOldestStartable(redis, tenants, { now: Date.now() })

/** Not known when Redis answered for none of the part's tenants. A single one that cannot be read must not hide the others. */
function oldestOf({ ageMs, unreadable }: Ages, part: Shard | undefined) {
  const own = [...ageMs].filter(([tenant]) => isInShard(tenant, part))
  const seconds = own.reduce((oldest, [, age]) => Math.max(oldest, age), 0) / 1000
  const isKnown = own.length > 0 || !unreadable.some(tenant => isInShard(tenant, part))
  return { seconds, tenants: own.length, isKnown }
}
