import { codeOfReason, opportunityOfMark, parseJson, type ReasonCode, hasMarks } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import type { Queue } from 'bullmq'
import type { RedisClient } from '@ponte/state'
import { LRUCache } from 'lru-cache'

/** The most failed jobs of one queue. Reading more would make a page slow, and the newest failures show the cause. */
const MOST_FAILED = 10_000
/** Jobs that are remembered over all queues, about 40 MB. Others are read again. */
const MOST_KEPT = 100_000
/** Jobs that are read at once, over all queues. More would delay other commands, some beyond their time limit. */
const AT_ONCE = 500
/** The longest reason. Reasons are Ponte's own sentences, but BullMQ stores whatever a process threw. */
const MOST_CHARACTERS = 500

/** A queue whose failed jobs are read. */
export interface FailedQueue {
  readonly kind: QueueKind
  readonly queue: Pick<Queue, 'name' | 'toKey'>
}

/** What is known of a failed job. */
export interface FailedJob {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly failedAt: number
  readonly code: ReasonCode
  readonly reason: string
  /** The name of the job. */
  readonly event: string
  /** Only for a mark. */
  readonly opportunityId?: string | undefined
}

export interface FailedJobs {
  /** Newest first. For the marks of one opportunity, only the newest failure, which shows what is wrong now. */
  readonly jobs: readonly FailedJob[]
  /** False when there were more than could be read. */
  readonly whole: boolean
}

export type FailedJobReader = ReturnType<typeof createFailedJobs>

/**
 * Reads the failed jobs of queues. BullMQ keeps them in a sorted set by the time of failure, and the reason in a field of the job. The
 * reason changes only together with that time, so each job is read once. `most`: how many of the newest jobs of one queue.
 */
export function createFailedJobs(redis: RedisClient, { most = MOST_FAILED }: { readonly most?: number } = {}) {
  // `max` would reserve the memory for all of them at once.
  const known = new LRUCache<string, FailedJob>({ maxSize: MOST_KEPT, sizeCalculation: () => 1 })
  /** By queue. Readings of one queue follow each other, so that several at once do not all read everything while nothing is known yet. */
  const lastReads = new Map<string, Promise<unknown>>()
  let lastPart: Promise<unknown> = Promise.resolve()

  async function readNow({ kind, queue }: FailedQueue): Promise<FailedJobs> {
    const found = await redis.zrevrange(queue.toKey('failed'), 0, Number.isFinite(most) ? most - 1 : -1, 'WITHSCORES')
    const failed = Array.from({ length: found.length / 2 }, (_, index) => ({
      id: found[index * 2] ?? '',
      failedAt: Number(found[index * 2 + 1]),
    }))
    const read = new Map<string, FailedJob>()
    const unknown: typeof failed = []
    for (const { id, failedAt } of failed) {
      const job = known.get(keyOf(queue, id))
      if (job?.failedAt === failedAt) read.set(id, job)
      else unknown.push({ id, failedAt })
    }
    // Marks need the data, too. These are small, and a mark fails only once for each event and round of its opportunity.
    const fields = hasMarks(kind) ? ['failedReason', 'name', 'data'] : ['failedReason', 'name']
    for (let from = 0; from < unknown.length; from += AT_ONCE) {
      const part = unknown.slice(from, from + AT_ONCE)
      const answers = await inTurn(() => Promise.all(part.map(({ id }) => redis.hmget(queue.toKey(id), ...fields))))
      for (const [index, { id, failedAt }] of part.entries()) {
        const job = toJob(id, failedAt, answers[index] ?? [])
        // A job may be removed between the two readings.
        if (job === undefined) continue
        read.set(id, job)
        known.set(keyOf(queue, id), job)
      }
    }
    const seen = new Set<string>()
    const jobs = failed.flatMap(({ id }) => {
      const job = read.get(id)
      if (job?.opportunityId === undefined) return job ?? []
      if (seen.has(job.opportunityId)) return []
      seen.add(job.opportunityId)
      return job
    })
    return { jobs, whole: failed.length < most }
  }

  function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    const done = lastPart.catch(() => undefined).then(work)
    lastPart = done
    return done
  }

  return {
    /** The failed jobs at this moment. Rejects when Redis does not answer. */
    async read(of: FailedQueue): Promise<FailedJobs> {
      const before = lastReads.get(of.queue.name)
      const reading = (before ?? Promise.resolve()).catch(() => undefined).then(() => readNow(of))
      lastReads.set(of.queue.name, reading)
      try {
        return await reading
      } finally {
        if (lastReads.get(of.queue.name) === reading) lastReads.delete(of.queue.name)
      }
    },
  }
}

/** Reads each queue only once. For one page: that is faster, and all its numbers are of the same moment. */
export function readOnce(failedJobs: FailedJobReader): FailedJobReader {
  const reads = new Map<string, Promise<FailedJobs>>()
  return {
    read(of: FailedQueue): Promise<FailedJobs> {
      const reading = reads.get(of.queue.name) ?? failedJobs.read(of)
      reads.set(of.queue.name, reading)
      return reading
    },
  }
}

const keyOf = (queue: FailedQueue['queue'], id: string): string => `${queue.name}/${id}`

function toJob(
  id: string,
  failedAt: number,
  [reason, event, data]: readonly (string | null | undefined)[],
): FailedJob | undefined {
  if (typeof reason !== 'string' || typeof event !== 'string') return undefined
  const opportunityId = opportunityOfMark({ name: event, data: parseJson(data ?? '') })
  return {
    id,
    failedAt,
    event,
    code: codeOfReason(reason),
    reason: reason.slice(0, MOST_CHARACTERS),
    ...(opportunityId !== undefined && { opportunityId }),
  }
}
