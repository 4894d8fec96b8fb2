import { isSystem, systemTable } from '@ponte/contracts'
import { queueKinds } from '@ponte/runtime'
import {
  blocks,
  createRateLimiter,
  createTenantMode,
  type ModeRecord,
  neededCommand,
  type RedisClient,
} from '@ponte/state'
import { readBreakers } from './connections.ts'
import { readEach } from './read-bridge.ts'
import { keysOf, readQueue } from '../queues/read-queue.ts'

interface StartableTenant {
  readonly name: string
  readonly settings: { readonly mode: ModeRecord['mode']; readonly rdStation: { readonly callsPerMinute: number } }
}

interface OldestStartable {
  /** By tenant: how many milliseconds its oldest event has waited that another worker could start; 0 when there is none. */
  readonly ageMs: ReadonlyMap<string, number>
  /** Tenants for which Redis did not answer. */
  readonly unreadable: readonly string[]
}

/** Where the next free slot of a quota is further away than this, and than two calls, another worker would wait for it as well. */
const LONG_SLOT_WAIT_MS = 1000

/**
 * The age of the oldest event that another worker could start, for each tenant. More workers shorten it. They shorten no wait for a person
 * who paused a queue or has to run a command, for an open circuit breaker or for a quota, so such events do not count. Never rejects. `now`: milliseconds since
 * 1970.
 */
export async function readOldestStartable(
  redis: RedisClient,
  tenants: readonly StartableTenant[],
  { now }: { readonly now: number },
): Promise<OldestStartable> {
  const { states, unreadable } = await readEach(tenants, tenant => readTenant(redis, tenant, now))
  return { ageMs: new Map(states), unreadable }
}

async function readTenant(redis: RedisClient, tenant: StartableTenant, now: number): Promise<number> {
  const { name } = tenant
  const lists = queueKinds.flatMap(kind => ['wait', 'prioritized', 'delayed'].map(keysOf(name, kind).toKey))
  // Most of a thousand tenants are idle. One command tells.
  if ((await redis.exists(lists)) === 0) return 0
  if (neededCommand(await createTenantMode(redis, name).read(), tenant.settings.mode) !== undefined) return 0
  const breakers = await readBreakers(redis, name, now)
  const open = queueKinds.filter(kind => !breakers.some(breaker => blocks(breaker, kind)))
  const ages = open.map(async kind => {
    const { oldestSince, isPaused, isLimited } = await readQueue(redis, { tenant: name, kind }, { now, dueMs: now })
    if (oldestSince === undefined || isPaused || isLimited) return 0
    if (isSystem(kind) && systemTable[kind].hasQuota && (await waitsForQuota(redis, tenant))) return 0
    return Math.max(0, now - oldestSince)
  })
  return Math.max(0, ...(await Promise.all(ages)))
}

async function waitsForQuota(redis: RedisClient, { name, settings }: StartableTenant): Promise<boolean> {
  const limiter = createRateLimiter(redis, name, settings.rdStation)
  const longMs = Math.max(LONG_SLOT_WAIT_MS, 2 * limiter.intervalMs)
  const waits = await Promise.all((['contacts', 'events'] as const).map(quota => limiter.peek(quota)))
  return waits.some(waitMs => waitMs > longMs)
}
