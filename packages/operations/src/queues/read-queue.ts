import { NO_ROOM_PAUSE_MS, type QueueKind, queueName, queuePrefix } from '@ponte/runtime'
import { askPrimaries, blocks, listOf, loadScript, type OpenBreaker, type RedisClient } from '@ponte/state'
import { QueueKeys } from 'bullmq'
import { z } from 'zod'

/** What a queue holds at one moment. */
export interface QueueReading {
  /** Events that could run now or wait for a pause: in a list, or delayed until `dueMs`, or a moment from now, at the latest. */
  readonly waiting: number
  readonly delayed: number
  /** Jobs in the set of failed jobs. Each mark counts by itself. */
  readonly failed: number
  readonly isPaused: boolean
  /** Since when the oldest of them has waited, in milliseconds since 1970. */
  readonly oldestSince: number | undefined
  /** Those that have waited longest, longest first: of each list at most SAMPLE. */
  readonly waits: readonly Wait[]
  /** No worker may start a job now: as many run as may run at a time, or all wait until a pause is over. */
  readonly isLimited: boolean
}

/** A job that waits, and since when: since it came, since its delay was over, or since somebody retried it. In milliseconds since 1970. */
export interface Wait {
  readonly id: string
  readonly since: number
}

/**
 * How many jobs of each list are looked at, from the end that is worked on next: enough to tell a few from many. There, jobs that workers put
 * back are in any order, so whoever reads fewer of them finds another oldest one.
 */
export const SAMPLE = 100
/** About as many events as the queue's stream holds (packages/runtime, queues.ts). */
const MAX_EVENTS = 1000

/** The name and the keys of a queue, without opening the queue. */
export function keysOf(tenant: string, kind: QueueKind): { name: string; toKey: (type: string) => string } {
  const name = queueName(tenant, kind)
  const keys = new QueueKeys(queuePrefix(tenant))
  return { name, toKey: type => keys.toKey(name, type) }
}

/**
 * A job whose probe failed is delayed until the next probe. Its delay begins after the failure was recorded, so it ends a little later than
 * the breaker's pause.
 */
const PROBE_RETURNS_MS = 1000

/** Until when the queue waits for these breakers. A job that is delayed until then waits for the pause too (`dueMs`). */
export const pauseEnd = (breakers: readonly OpenBreaker[], kind: QueueKind, now: number): number =>
  breakers
    .filter(breaker => blocks(breaker, kind))
    .reduce((latest, { until }) => Math.max(latest, until + PROBE_RETURNS_MS), now)

const read = loadScript(import.meta.dirname, 'read-queue.lua')
const waits = z.array(z.tuple([z.string(), z.number()]).transform(([id, since]): Wait => ({ id, since })))
const answer = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), waits])

/**
 * Reads a queue in one command, without opening it. This alone says what waits, and since when. Rejects when Redis does not answer. Times in
 * milliseconds since 1970.
 */
export async function readQueue(
  redis: RedisClient,
  { tenant, kind }: { readonly tenant: string; readonly kind: QueueKind },
  { now, dueMs }: { readonly now: number; readonly dueMs: number },
): Promise<QueueReading> {
  const { toKey } = keysOf(tenant, kind)
  const keys = ['wait', 'prioritized', 'delayed', 'failed', 'meta', 'events', 'active', 'limiter'].map(toKey)
  const found = listOf(await read(redis, keys, [toKey(''), now, dueMs, SAMPLE, MAX_EVENTS, NO_ROOM_PAUSE_MS]))
  const [waiting, delayed, failed, paused, limited, some] = answer.parse(found)
  const longestFirst = some.toSorted((one, other) => one.since - other.since)
  return {
    ...{ waiting, delayed, failed, isPaused: paused === 1, isLimited: limited === 1 },
    oldestSince: longestFirst[0]?.since,
    waits: longestFirst,
  }
}

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
