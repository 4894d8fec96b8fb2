import type { Job, JobType, Queue } from 'bullmq'
import { readQueue } from '../bridge/read-queue.ts'
import type { RedisClient } from '@ponte/state'
import type { QueueRef } from './queue-ref.ts'
import { pageBudget, readJob, readJobsOf, toRecord, withoutData } from './read-jobs.ts'

export interface WaitingJob {
  readonly job: Job
  /** How long it could have run: since it came, since its delay was over, or since somebody retried it. */
  readonly waitedMs: number
}

/** What a queue holds at one moment. Ages in milliseconds; undefined when there is no such job. */
export interface QueueSnapshot {
  readonly counts: Readonly<Record<string, number>>
  readonly paused: boolean
  /** Jobs that could run now, or once a pause ends: waiting, with a priority, or delayed until then at most. */
  readonly startable: number
  /** Jobs that are delayed beyond that. */
  readonly later: number
  /** The event that has waited longest for a worker. */
  readonly oldestWaitingMs: number | undefined
  /** The longest time since a delayed event came or last ran, among the next events whose time has not come. */
  readonly oldestDelayedMs: number | undefined
  /** How long the job that was started first has been running. */
  readonly longestActiveMs: number | undefined
  /** How many have waited beyond the limit. Of each list only the first SAMPLE jobs are counted. */
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
/** Enough to tell a few from many. */
export const SAMPLE = 100
const MOST_LISTED = 5
/** For a wait shorter than this the queue's events are not read. */
const MOMENT_MS = 1000
/** BullMQ (6.7.0, getDelayedScore) orders delayed jobs by their time to run, times this. */
const DELAYED_SCORE = 0x1000
/** The score of the last job that may run at this time. */
const delayedScoreOf = (at: number): number => (at + 1) * DELAYED_SCORE - 1

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
  const overdue = await readOverdue(redis, queue, { now, limitMs })
  const [reading, counts, waiting, prioritized, delayed, active] = await Promise.all([
    readQueue(redis, { tenant: tenant.name, kind }, { now, dueMs }),
    queue.getJobCounts(),
    heads('waiting', 0, SAMPLE),
    heads('prioritized', 0, SAMPLE),
    heads('delayed', overdue.count, DELAYED_SAMPLE),
    heads('active', 0, 1),
  ])
  const inList = [...waiting, ...prioritized]
  // A job cannot have waited for longer than it exists.
  const isOld = overdue.count > 0 || inList.some(job => now - job.timestamp > Math.min(MOMENT_MS, limitMs))
  const events = isOld ? await readQueueEvents(redis, queue) : undefined
  const waits = inList.map(job => ({ job, waitedMs: Math.max(0, now - waitingSince(job, events)) }))
  const isLong = ({ waitedMs }: WaitingJob): boolean => waitedMs > limitMs
  const longestFirst = [...waits, ...overdue.jobs].toSorted((one, other) => other.waitedMs - one.waitedMs)
  return {
    counts,
    paused: reading.isPaused,
    startable: reading.waiting,
    later: reading.delayed,
    oldestWaitingMs: reading.oldestSince === undefined ? undefined : Math.max(0, now - reading.oldestSince),
    oldestDelayedMs: oldest(delayed, job => job.processedOn ?? job.timestamp, now),
    longestActiveMs: oldest(active, job => job.processedOn ?? job.timestamp, now),
    waitingTooLong: waits.filter(isLong).length + overdue.tooLong,
    longest: await withTheirData(redis, queue, longestFirst.filter(isLong).slice(0, MOST_LISTED)),
    movedMs: events && (await readMovement(redis, queue, { events, now })),
  }
}

async function withTheirData(
  redis: RedisClient,
  queue: Queue,
  waits: readonly WaitingJob[],
): Promise<readonly WaitingJob[]> {
  const budget = pageBudget()
  const jobs = await Promise.all(waits.map(({ job }) => readJob(redis, queue, job.id ?? '', budget)))
  return waits.map((wait, index) => ({ ...wait, job: jobs[index] ?? wait.job }))
}

/** When a delayed job may run, in milliseconds since 1970; undefined when it is delayed no longer. */
export async function runsAt(redis: RedisClient, queue: Queue, id: string): Promise<number | undefined> {
  const score = await redis.zscore(queue.toKey('delayed'), id)
  return score === null ? undefined : Math.floor(Number(score) / DELAYED_SCORE)
}

/** Delayed jobs whose time is over, but which no worker has taken. Usually no worker is connected. */
async function readOverdue(redis: RedisClient, queue: Queue, { now, limitMs }: { now: number; limitMs: number }) {
  const key = queue.toKey('delayed')
  const [count, tooLong, first] = await Promise.all([
    redis.zcount(key, 0, delayedScoreOf(now)),
    redis.zcount(key, 0, delayedScoreOf(now - limitMs - 1)),
    redis.zrangebyscore(key, 0, delayedScoreOf(now), 'WITHSCORES', 'LIMIT', 0, MOST_LISTED),
  ])
  const found = await Promise.all(
    Array.from({ length: first.length / 2 }, async (_, index) => {
      const job = await readJob(redis, queue, first[index * 2] ?? '', withoutData())
      const due = Math.floor(Number(first[index * 2 + 1]) / DELAYED_SCORE)
      return job && { job, waitedMs: Math.max(0, now - due) }
    }),
  )
  return { count, tooLong, jobs: found.filter(each => each !== undefined) }
}

/**
 * When a job came into the list in which it waits. BullMQ stores this only for a job that was added without a delay and has not run yet.
 * For others it is in the queue's events, of which about a thousand are kept. If it is not there, the job has waited at least since the
 * oldest of them.
 */
function waitingSince(job: Job, events: QueueEvents | undefined): number {
  const seen = events?.waitingSince.get(job.id ?? '')
  if (seen !== undefined) return Math.max(seen, job.timestamp)
  const isFresh = job.attemptsStarted === 0 && (job.stacktrace ?? []).length === 0 && !job.opts.delay
  return isFresh ? job.timestamp : Math.max(events?.first ?? 0, job.timestamp)
}

/** BullMQ orders ended jobs by when they ended. */
async function readMovement(
  redis: RedisClient,
  queue: Queue,
  { events, now }: { events: QueueEvents; now: number },
): Promise<number | undefined> {
  const newest = await Promise.all(
    (['completed', 'failed'] as const).map(state => redis.zrevrange(queue.toKey(state), 0, 0, 'WITHSCORES')),
  )
  const times = [events.moved, ...newest.map(([, score]) => (score === undefined ? undefined : Number(score)))]
  const known = times.filter(time => time !== undefined)
  return known.length === 0 ? undefined : Math.max(0, now - Math.max(...known))
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

/** What a queue's stream of events holds, the last 1,000 or so (packages/runtime, queues.ts). Milliseconds since 1970. */
interface QueueEvents {
  /** By job id: when the job last came into a list of waiting jobs. Jobs that a worker put back do not count. */
  readonly waitingSince: ReadonlyMap<string, number>
  /** When a worker last took or ended a job. */
  readonly moved: number | undefined
  /** When the oldest remembered event happened. Nothing is known of the time before. */
  readonly first: number | undefined
}

const MOST_READ = 1000
const work = new Set(['active', 'completed', 'failed'])

/** Reads these events, newest first. (BullMQ 6.7.0: stream `events`; fields `event`, `jobId`, `prev`.) */
async function readQueueEvents(redis: RedisClient, queue: Queue): Promise<QueueEvents> {
  const found = await redis.xrevrange(queue.toKey('events'), '+', '-', 'COUNT', MOST_READ)
  const waitingSince = new Map<string, number>()
  let moved: number | undefined
  for (const [id, fields] of found) {
    const at = Number.parseInt(id, 10)
    const { event = '', jobId = '', prev } = toRecord(fields)
    if (work.has(event)) moved ??= at
    // While a breaker is open, workers take jobs and put them back. Such jobs have waited since before.
    if (event === 'waiting' && prev !== 'active' && !waitingSince.has(jobId)) waitingSince.set(jobId, at)
  }
  const last = found.at(-1)
  return { waitingSince, moved, first: last && Number.parseInt(last[0], 10) }
}
