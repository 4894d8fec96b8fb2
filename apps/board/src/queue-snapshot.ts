import type { Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** What a queue holds at one moment. Ages in milliseconds; undefined when there is no such job. */
export interface QueueSnapshot {
  readonly counts: Readonly<Record<string, number>>
  readonly paused: boolean
  /** The event that has waited longest for a worker. */
  readonly oldestWaitingMs: number | undefined
  /** The oldest event among the next that wait for their time: a retry, or a system that rests. */
  readonly oldestDelayedMs: number | undefined
  /** How long the job that was started first has been running. */
  readonly longestActiveMs: number | undefined
  /** Of the events that have waited longest, how many did so beyond the limit; at most a sample's size. */
  readonly waitingTooLong: number
}

/** Delayed jobs are ordered by their time to run, not by age: the oldest is looked for among the next few. */
const DELAYED_SAMPLE = 20
/** Enough to tell a few from many. */
const SAMPLE = 100
/** An event that waits for a free worker longer than this, or a call that takes longer, is worth a look. */
export const LONG_MS = 60_000

/** Reads a queue's counts and ages from Redis. Rejects when Redis does not answer. */
export async function readQueueSnapshot(queue: Queue, now: number): Promise<QueueSnapshot> {
  const [counts, paused, waiting, delayed, active] = await Promise.all([
    queue.getJobCounts(),
    queue.isPaused(),
    queue.getJobs(['waiting'], 0, SAMPLE - 1, true),
    queue.getJobs(['delayed'], 0, DELAYED_SAMPLE - 1, true),
    queue.getJobs(['active'], 0, 0, true),
  ])
  return {
    counts,
    paused,
    oldestWaitingMs: oldest(waiting, job => job.timestamp, now),
    oldestDelayedMs: oldest(delayed, job => job.timestamp, now),
    longestActiveMs: oldest(active, job => job.processedOn ?? job.timestamp, now),
    waitingTooLong: waiting.filter(job => job !== undefined && now - job.timestamp > LONG_MS).length,
  }
}

/**
 * Active jobs whose worker has stopped renewing its lock: another worker takes them over within 10 s, if there is one. At most a
 * sample's size. (BullMQ keeps a job's lock beside it, as `<job>:lock`.)
 */
export async function countStalled(redis: Redis, queue: Queue): Promise<number> {
  const active = await queue.getJobs(['active'], 0, SAMPLE - 1, true)
  const ids = active.flatMap(job => job?.id ?? [])
  const locks = await Promise.all(ids.map(id => redis.exists(`${queue.toKey(id)}:lock`)))
  const suspects = ids.filter((_id, index) => locks[index] === 0)
  // One that ended in between has no lock either.
  const states = await Promise.all(suspects.map(id => queue.getJobState(id)))
  return states.filter(state => state === 'active').length
}

/** A job may be gone between the reading of its id and of itself. */
function oldest(jobs: readonly (Job | undefined)[], timeOf: (job: Job) => number, now: number): number | undefined {
  const times = jobs.filter(job => job !== undefined).map(timeOf)
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}
