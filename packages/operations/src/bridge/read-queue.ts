import { NO_ROOM_PAUSE_MS, type QueueKind, queueName, queuePrefix } from '@ponte/runtime'
import { blocks, listOf, loadScript, type OpenBreaker, type RedisClient } from '@ponte/state'
import { QueueKeys } from 'bullmq'
import { z } from 'zod'

/** What a queue holds at one moment. */
export interface QueueReading {
  /** Events that could run now or wait for a pause: in a list, or delayed until `dueMs` at the latest. */
  readonly waiting: number
  /** Events that are delayed until later. */
  readonly delayed: number
  /** Jobs in the set of failed jobs. Each mark counts by itself. */
  readonly failed: number
  /** A person paused it. */
  readonly isPaused: boolean
  /** Since when the oldest event has waited, in milliseconds since 1970. */
  readonly oldestSince: number | undefined
  /** No worker may start a job now: as many run as may run at a time, or all wait until a pause is over. */
  readonly isLimited: boolean
}

/** How many jobs of each list are read, from the end that is worked on next. There, jobs that workers put back are in any order. */
const SAMPLE = 5
/** About as many events as the queue's stream holds (packages/runtime, queues.ts). */
const MOST_EVENTS = 1000

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
const answer = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()])

/** Reads a queue in one command, without opening it. Rejects when Redis does not answer. Times in milliseconds since 1970. */
export async function readQueue(
  redis: RedisClient,
  { tenant, kind }: { readonly tenant: string; readonly kind: QueueKind },
  { now, dueMs }: { readonly now: number; readonly dueMs: number },
): Promise<QueueReading> {
  const { toKey } = keysOf(tenant, kind)
  const keys = ['wait', 'prioritized', 'delayed', 'failed', 'meta', 'events', 'active', 'limiter'].map(toKey)
  const found = listOf(await read(redis, keys, [toKey(''), now, dueMs, SAMPLE, MOST_EVENTS, NO_ROOM_PAUSE_MS]))
  const [waiting, delayed, failed, paused, since, limited] = answer.parse(found)
  const oldestSince = since === 0 ? undefined : since
  return { waiting, delayed, failed, isPaused: paused === 1, oldestSince, isLimited: limited === 1 }
}
