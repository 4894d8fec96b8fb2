import { readFileSync } from 'node:fs'
import path from 'node:path'
import { destinations } from '@ponte/contracts'
import { queueOfKey, type RedisClient, stateKey, updateKey, waitingKey } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { LiveTenants } from '../tenants/live-tenants.ts'
import { DEDUPLICATION_MS, type QueueKind } from './queue-names.ts'

/** What Redis keeps of an event beside its data, as it was measured: its options, its place in the queue, its event key and its timeline. */
const BESIDE_DATA_BYTES = 1300
/** Longer than until housekeeping counts anew. A tenant that is gone leaves nothing. */
const LIFE_S = 2 * 24 * 3600
const COUNTED_MS = 3_600_000
const AT_ONCE = 500
const MIB = 1024 * 1024
/** How many updates are remembered that joined a job. Of the others nothing is kept. */
const MAX_JOINED = 100

/** `memory_of`, for scripts that bound what a tenant keeps in Redis. */
export const memoryLua = readFileSync(path.join(import.meta.dirname, 'memory-of.lua'), 'utf8')
/** Where `memory_of` remembers what it found. */
export const memoryKey = (tenant: string): string => stateKey(tenant, 'memory')

/** How much that its systems delivered may wait for a tenant in both of its queues (docs/behaviour/deliveries.md#what-may-wait). */
export interface MostWaiting {
  readonly jobs: number
  readonly bytes: number
}

/** By the tenants file of this moment. */
export function mostWaitingOf(tenants: LiveTenants): (tenant: string) => MostWaiting | undefined {
  const read = (): ReadonlyMap<string, MostWaiting> =>
    new Map(
      tenants.current().map(({ name, settings: { intake } }) => {
        return [name, { jobs: intake.mostWaiting, bytes: intake.mostWaitingMebibytes * MIB }]
      }),
    )
  let limits = read()
  tenants.onChange(() => (limits = read()))
  return tenant => limits.get(tenant)
}

/** The tenant has as much waiting as it may, and the job was not added. */
export class TooMuchWaiting extends Error {
  constructor() {
    super('the tenant has too much waiting')
    this.name = 'TooMuchWaiting'
  }
}

/** What `add-jobs.lua` needs of the tenant, by a key of the queue that a job is added to. Jobs in quarantine do not wait. */
export function waitingKeys(
  tenant: string,
  keyOfQueue: string,
): {
  readonly keys: readonly string[]
  readonly isDestination: boolean
} {
  const own = queueOfKey(tenant, keyOfQueue)
  const [first, ...others] = destinations.toSorted((one, other) => Number(other === own) - Number(one === own))
  if (first !== own) return { keys: [memoryKey(tenant)], isDestination: false }
  return { keys: [memoryKey(tenant), ...[first, ...others].map(kind => waitingKey(tenant, kind))], isDestination: true }
}

export const waitingArguments = (tenant: string, most: MostWaiting | undefined): readonly (string | number)[] => [
  ...[most?.jobs ?? '', most?.bytes ?? '', BESIDE_DATA_BYTES, LIFE_S],
  ...[updateKey(tenant, ''), DEDUPLICATION_MS, MAX_JOINED],
]

/**
 * Counts what waits in a queue anew, once an hour: people remove jobs, and a worker that dies at the end of a run takes its job off twice or
 * not at all. What comes and ends meanwhile may be missed until the next count.
 */
export async function countWaiting(redis: RedisClient, queue: Queue, tenant: string, kind: QueueKind): Promise<void> {
  const key = waitingKey(tenant, kind)
  if ((await redis.set(`${key}:counted`, '1', 'PX', COUNTED_MS, 'NX')) !== 'OK') return
  let jobs = 0
  let bytes = 0
  for (const state of ['active', 'prioritized', 'delayed', 'wait'] as const) {
    for (let start = 0; ; start += AT_ONCE) {
      const ids = await queue.getRanges([state], start, start + AT_ONCE - 1)
      const sizes = await Promise.all(ids.map(id => redis.hget(queue.toKey(id), 'waits')))
      for (const size of sizes) {
        jobs += size === null ? 0 : 1
        bytes += Number(size ?? 0)
      }
      if (ids.length < AT_ONCE) break
    }
  }
  await redis.multi().hset(key, { jobs, bytes }).expire(key, LIFE_S).exec()
}
