import type { Job, JobType, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { pageBudget, readJob, readJobsOf, withoutData } from './read-jobs.ts'

export interface WaitingJob {
  readonly job: Job
  /** Since it could run: since it came, its delay was over, or somebody retried it. */
  readonly waitedMs: number
}

/** What a queue holds at one moment. Ages in milliseconds; undefined when there is no such job. */
export interface QueueSnapshot {
  readonly counts: Readonly<Record<string, number>>
  readonly paused: boolean
  /** Jobs that could run now or wait for a pause: waiting, with a priority, or delayed until a time that is over, or until the pause is. */
  readonly startable: number
  /** Of these, the delayed ones. */
  readonly due: number
  /** The event that has waited longest for a worker. */
  readonly oldestWaitingMs: number | undefined
  /** Since a delayed event came or last ran; the longest among the next that wait for their time. */
  readonly oldestDelayedMs: number | undefined
  /** How long the job that was started first has been running. */
  readonly longestActiveMs: number | undefined
  /** How many waited beyond the limit: of those in a list, among the first SAMPLE of it. */
  readonly waitingTooLong: number
  /** The first of them, longest first. */
  readonly longest: readonly WaitingJob[]
  /** Since a job was started or ended; undefined when nothing is known of any, or nothing waits. */
  readonly movedMs: number | undefined
}

/** By default, an event that waits for longer is listed as waiting too long, in milliseconds. */
export const STUCK_AFTER_MS = 60_000
/** Delayed jobs are ordered by their time to run, not by age: the oldest is looked for among the next few. */
const DELAYED_SAMPLE = 20
/** Enough to tell a few from many. */
export const SAMPLE = 100
const MOST_LISTED = 5
/** For a wait shorter than this the queue's events are not read. */
const MOMENT_MS = 1000
/** BullMQ (6.7.0, getDelayedScore) orders delayed jobs by their time to run, times this. */
const DELAYED_SCORE = 0x1000
/** Of the last job that may run at this time. */
const delayedScoreOf = (at: number): number => (at + 1) * DELAYED_SCORE - 1

/** Milliseconds. */
export interface SnapshotOptions {
  readonly now: number
  /** An event that waits for longer than this is worth a look. Default: STUCK_AFTER_MS. */
  readonly limitMs?: number
  /** Until when the queue is paused, in milliseconds since 1970. Default: it is not. */
  readonly pausedUntil?: number
}

/** Reads a queue's counts and ages from Redis. Rejects when Redis does not answer. */
export async function readQueueSnapshot(
  redis: Redis,
  queue: Queue,
  { now, limitMs = STUCK_AFTER_MS, pausedUntil = now }: SnapshotOptions,
): Promise<QueueSnapshot> {
  const heads = (state: JobType, start: number, most: number): Promise<readonly Job[]> =>
    readJobsOf(redis, queue, { states: [state], start, end: start + most - 1, oldest: true }, withoutData())
  const [overdue, due] = await Promise.all([
    readOverdue(redis, queue, { now, limitMs }),
    redis.zcount(queue.toKey('delayed'), 0, delayedScoreOf(Math.max(now, pausedUntil))),
  ])
  const [counts, paused, waiting, prioritized, delayed, active] = await Promise.all([
    queue.getJobCounts(),
    queue.isPaused(),
    heads('waiting', 0, SAMPLE),
    heads('prioritized', 0, SAMPLE),
    heads('delayed', overdue.count, DELAYED_SAMPLE),
    heads('active', 0, 1),
  ])
  const inList = [...waiting, ...prioritized]
  // No job has waited for longer than it exists.
  const isOld = overdue.count > 0 || inList.some(job => now - job.timestamp > Math.min(MOMENT_MS, limitMs))
  const events = isOld ? await readQueueEvents(redis, queue) : undefined
  const waits = inList.map(job => ({ job, waitedMs: Math.max(0, now - waitingSince(job, events)) }))
  const isLong = ({ waitedMs }: WaitingJob): boolean => waitedMs > limitMs
  const longestFirst = [...waits, ...overdue.jobs].toSorted((one, other) => other.waitedMs - one.waitedMs)
  return {
    counts,
    paused,
    startable: (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0) + due,
    due,
    oldestWaitingMs: longestFirst[0]?.waitedMs,
    oldestDelayedMs: oldest(delayed, job => job.processedOn ?? job.timestamp, now),
    longestActiveMs: oldest(active, job => job.processedOn ?? job.timestamp, now),
    waitingTooLong: waits.filter(isLong).length + overdue.tooLong,
    longest: await withTheirData(redis, queue, longestFirst.filter(isLong).slice(0, MOST_LISTED)),
    movedMs: events && (await readMovement(redis, queue, { events, now })),
  }
}

async function withTheirData(redis: Redis, queue: Queue, waits: readonly WaitingJob[]): Promise<readonly WaitingJob[]> {
  const budget = pageBudget()
  const jobs = await Promise.all(waits.map(({ job }) => readJob(redis, queue, job.id ?? '', budget)))
  return waits.map((wait, index) => ({ ...wait, job: jobs[index] ?? wait.job }))
}

/** When a delayed job may run, in milliseconds since 1970; undefined when it is delayed no longer. */
export async function runsAt(redis: Redis, queue: Queue, id: string): Promise<number | undefined> {
  const score = await redis.zscore(queue.toKey('delayed'), id)
  return score === null ? undefined : Math.floor(Number(score) / DELAYED_SCORE)
}

/** Delayed jobs whose time is over, and that nobody has moved: as a rule because nobody works on the queue. */
async function readOverdue(redis: Redis, queue: Queue, { now, limitMs }: { now: number; limitMs: number }) {
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
 * When a job came into the list in which it waits. BullMQ keeps that of no job but one that was added to wait and has not run
 * yet; of the others its events tell, unless there were a thousand since: then it is at least so long ago.
 */
function waitingSince(job: Job, events: QueueEvents | undefined): number {
  const seen = events?.waitingSince.get(job.id ?? '')
  if (seen !== undefined) return Math.max(seen, job.timestamp)
  const isFresh = job.attemptsStarted === 0 && (job.stacktrace ?? []).length === 0 && !job.opts.delay
  return isFresh ? job.timestamp : Math.max(events?.first ?? 0, job.timestamp)
}

/** Ended jobs are ordered by when they ended. */
async function readMovement(
  redis: Redis,
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
 * Active jobs whose worker has stopped renewing its lock: another worker takes them over within 10 s, if there is one. At most a
 * sample's size. (BullMQ keeps a job's lock beside it, as `<job>:lock`.)
 */
export async function countStalled(redis: Redis, queue: Queue): Promise<number> {
  const ids = await queue.getRanges(['active'], 0, SAMPLE - 1, true)
  const locks = await Promise.all(ids.map(id => redis.exists(`${queue.toKey(id)}:lock`)))
  const suspects = ids.filter((_id, index) => locks[index] === 0)
  // One that ended in between has no lock either.
  const states = await Promise.all(suspects.map(id => queue.getJobState(id)))
  return states.filter(state => state === 'active').length
}

function oldest(jobs: readonly Job[], timeOf: (job: Job) => number, now: number): number | undefined {
  const times = jobs.map(timeOf)
  return times.length === 0 ? undefined : Math.max(0, now - Math.min(...times))
}

/** What a queue's stream of events holds, the last 1,000 or so (packages/runtime, queues.ts). Milliseconds since 1970. */
interface QueueEvents {
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
async function readQueueEvents(redis: Redis, queue: Queue): Promise<QueueEvents> {
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
