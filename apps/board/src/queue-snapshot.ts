import type { Job, Queue } from 'bullmq'

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
}

/** Delayed jobs are ordered by their time to run, not by age: the oldest is looked for among the next few. */
const DELAYED_SAMPLE = 20

/** Reads a queue's counts and ages from Redis. Rejects when Redis does not answer. */
export async function readQueueSnapshot(queue: Queue, now: number): Promise<QueueSnapshot> {
  const [counts, paused, waiting, delayed, active] = await Promise.all([
    queue.getJobCounts(),
    queue.isPaused(),
    queue.getJobs(['waiting'], 0, 0, true),
    queue.getJobs(['delayed'], 0, DELAYED_SAMPLE - 1, true),
    queue.getJobs(['active'], 0, 0, true),
  ])
  return {
    counts,
    paused,
    oldestWaitingMs: oldest(waiting, job => job.timestamp, now),
    oldestDelayedMs: oldest(delayed, job => job.timestamp, now),
    longestActiveMs: oldest(active, job => job.processedOn ?? job.timestamp, now),
  }
}

/** A job may be gone between the reading of its id and of itself. */
function oldest(jobs: readonly (Job | undefined)[], timeOf: (job: Job) => number, now: number): number | undefined {
  const times = jobs.filter(job => job !== undefined).map(timeOf)
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}
