import type { Job, JobType, Queue } from 'bullmq'
import { readQueue, SAMPLE } from './read-queue.ts'
import type { RedisClient } from '@ponte/state'
import type { QueueRef } from './queue-ref.ts'
import { pageBudget, readJob, readJobsOf, toRecord, withoutData } from './read-jobs.ts'

export interface WaitingJob {
  readonly job: Job
  readonly waitedMs: number
}

/** What a queue holds at one moment. Ages in milliseconds; undefined when there is no such job. */
export interface QueueSnapshot {
  readonly counts: Readonly<Record<string, number>>
  readonly paused: boolean
  /** Jobs that could run now, or once a pause ends: waiting, with a priority, or delayed until then at most. */
  readonly startable: number
  readonly later: number
  /** The event that has waited longest for a worker. */
  readonly oldestWaitingMs: number | undefined
  /** The longest time since a delayed event came or last ran, among the next events whose time has not come. */
  readonly oldestDelayedMs: number | undefined
  /** How long the job that was started first has been running. */
  readonly longestActiveMs: number | undefined
  /** How many have waited beyond the limit, of those that `readQueue` samples: SAMPLE or more are at least so many. */
  readonly waitingTooLong: number
  /** The jobs that have waited longest beyond the limit, longest first. */
  readonly longest: readonly WaitingJob[]
  /** Since a job was started or ended. Undefined when no such time is known, or nothing waits. */
  readonly movedMs: number | undefined
}

/** Milliseconds. By default, an event that waits for longer is listed as waiting too long. */
export const STUCK_AFTER_MS = 60_000
/** Delayed jobs are ordered by their time to run, not by age. The oldest is searched only among the next few. */
const DELAYED_SAMPLE = 20
const MAX_LISTED = 5
/** For a wait shorter than this the queue's events are not read. */
const MOMENT_MS = 1000
/** BullMQ (6.7.0, getDelayedScore) orders delayed jobs by their time to run, times this. */
const DELAYED_SCORE = 0x1000

/** Milliseconds. */
export interface SnapshotOptions {
  readonly now: number
  /** An event that waits for longer than this is worth a look. Default: STUCK_AFTER_MS. */
  readonly limitMs?: number
  /** Until when the queue waits for a breaker (`pauseEnd`), in milliseconds since 1970. Default: it does not. */
  readonly dueMs?: number
}

/** Reads a queue's counts and ages from Redis. Rejects when Redis does not answer. */
export async function readQueueSnapshot(
  redis: RedisClient,
  { tenant, kind, queue }: QueueRef,
  { now, limitMs = STUCK_AFTER_MS, dueMs = now }: SnapshotOptions,
): Promise<QueueSnapshot> {
  const heads = (state: JobType, start: number, most: number): Promise<readonly Job[]> =>
    readJobsOf(redis, queue, { states: [state], start, end: start + most - 1, oldest: true }, withoutData())
  const [reading, counts] = await Promise.all([
    readQueue(redis, { tenant: tenant.name, kind }, { now, dueMs }),
    queue.getJobCounts(),
  ])
  const due = Math.max(0, (counts['delayed'] ?? 0) - reading.delayed)
  const waits = reading.waits.map(({ id, since }) => ({ id, waitedMs: Math.max(0, now - since) }))
  const tooLong = waits.filter(({ waitedMs }) => waitedMs > limitMs)
  const isOld = waits.some(({ waitedMs }) => waitedMs > Math.min(MOMENT_MS, limitMs))
  const [delayed, active, longest, movedMs] = await Promise.all([
    heads('delayed', due, DELAYED_SAMPLE),
    heads('active', 0, 1),
    readLongest(redis, queue, tooLong.slice(0, MAX_LISTED)),
    isOld ? readMovement(redis, queue, now) : undefined,
  ])
  return {
    counts,
    paused: reading.isPaused,
    startable: reading.waiting,
    later: reading.delayed,
    oldestWaitingMs: reading.oldestSince === undefined ? undefined : Math.max(0, now - reading.oldestSince),
    oldestDelayedMs: oldest(delayed, job => job.processedOn ?? job.timestamp, now),
    longestActiveMs: oldest(active, job => job.processedOn ?? job.timestamp, now),
    waitingTooLong: tooLong.length,
    longest,
    movedMs,
  }
}

async function readLongest(
  redis: RedisClient,
  queue: Queue,
  waits: readonly { readonly id: string; readonly waitedMs: number }[],
): Promise<readonly WaitingJob[]> {
  const budget = pageBudget()
  const jobs = await Promise.all(waits.map(({ id }) => readJob(redis, queue, id, budget)))
  return waits.flatMap(({ waitedMs }, index) => (jobs[index] ? { job: jobs[index], waitedMs } : []))
}

/** When a delayed job may run, in milliseconds since 1970; undefined when it is delayed no longer. */
export async function runsAt(redis: RedisClient, queue: Queue, id: string): Promise<number | undefined> {
  const score = await redis.zscore(queue.toKey('delayed'), id)
  return score === null ? undefined : Math.floor(Number(score) / DELAYED_SCORE)
}

/** BullMQ orders ended jobs by when they ended. */
async function readMovement(redis: RedisClient, queue: Queue, now: number): Promise<number | undefined> {
  const [moved, ...newest] = await Promise.all([
    readLastWork(redis, queue),
    ...(['completed', 'failed'] as const).map(state => redis.zrevrange(queue.toKey(state), 0, 0, 'WITHSCORES')),
  ])
  const times = [moved, ...newest.map(([, score]) => (score === undefined ? undefined : Number(score)))]
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.max(0, now - Math.max(...known))
}

const MAX_READ = 1000
const work = new Set(['active', 'completed', 'failed'])

/**
 * When a worker last took or ended a job, in milliseconds since 1970, as far as the queue's stream of events tells: it holds the last 1,000
 * or so (packages/runtime, queues.ts). (BullMQ 6.7.0: stream `events`, field `event`.)
 */
async function readLastWork(redis: RedisClient, queue: Queue): Promise<number | undefined> {
  const found = await redis.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', MAX_READ)
  const last = found.find(([, fields]) => work.has(toRecord(fields)['event'] ?? ''))
  return last && Number.parseInt(last[0], 10)
}

/**
 * Counts active jobs whose worker has stopped renewing its lock, up to SAMPLE. Another worker, if there is one, takes them over within 10
 * s. (BullMQ keeps a job's lock beside it, as `<job>:lock`.)
 */
export async function countStalled(redis: RedisClient, queue: Queue): Promise<number> {
  const ids = await queue.getRanges(['active'], 0, SAMPLE - 1, true)
  const locks = await Promise.all(ids.map(id => redis.exists(`${queue.toKey(id)}:lock`)))
  const suspects = ids.filter((_id, index) => locks[index] === 0)
  // A job that ended in between has no lock either.
  const states = await Promise.all(suspects.map(id => queue.getJobState(id)))
  return states.filter(state => state === 'active').length
}

function oldest(jobs: readonly Job[], timeOf: (job: Job) => number, now: number): number | undefined {
  const times = jobs.map(timeOf)
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}
