import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** What a queue's stream of events holds, the last 1,000 or so (packages/runtime, queues.ts). Milliseconds since 1970. */
export interface QueueEvents {
  /** By job id: when it last came into the list of those that wait, other than from a worker that put it back. */
  readonly waitingSince: ReadonlyMap<string, number>
  /** When a worker last took or ended a job. */
  readonly moved: number | undefined
  /** The oldest event that is remembered: what happened before is not known. */
  readonly first: number | undefined
}

const MOST_READ = 1000
const work = new Set(['active', 'completed', 'failed'])

/** Reads them, newest first. (BullMQ 6.7.0: stream `events`; fields `event`, `jobId`, `prev`.) */
export async function readQueueEvents(redis: Redis, queue: Queue): Promise<QueueEvents> {
  const found = await redis.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', MOST_READ)
  const waitingSince = new Map<string, number>()
  let moved: number | undefined
  for (const [id, fields] of found) {
    const at = Number.parseInt(id, 10)
    const { event = '', jobId = '', prev } = toRecord(fields)
    if (work.has(event)) moved ??= at
    // While a breaker is open, workers take jobs and put them back: those have waited since before.
    if (event === 'waiting' && prev !== 'active' && !waitingSince.has(jobId)) waitingSince.set(jobId, at)
  }
  const last = found.at(-1)
  return { waitingSince, moved, first: last && Number.parseInt(last[0], 10) }
}

function toRecord(fields: readonly string[]): Partial<Record<string, string>> {
  const pairs = Array.from({ length: fields.length / 2 }, (_, index) => fields.slice(index * 2, index * 2 + 2))
  return Object.fromEntries<string>(pairs.map(([name = '', value = '']) => [name, value]))
}
