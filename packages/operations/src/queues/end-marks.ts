import { identifiedEventOfJob, isMarkEvent, readJobSummary } from '@ponte/contracts'
import {
  acquireLock,
  createStatusLedger,
  createTimelines,
  noFence,
  opportunityLock,
  runStep,
  stateKey,
  type Fingerprint,
  type RedisClient,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { createFailedJobs } from '../failures/failed-jobs.ts'
import type { QueueRef } from './queue-ref.ts'

/** How long a run of the opportunity that is under way is waited for. */
const LOCK_WAIT_MS = 10_000
/** Records that one command to Redis reads. */
const AT_ONCE = 500

/** The opportunity whose mark has failed in this job. Undefined for any other job. */
export const failedMarkIn = ({ name, data, failedReason }: Job): string | undefined =>
  isMarkEvent(name) && failedReason ? readJobSummary(data).opportunityId : undefined

interface RemovedMarks {
  readonly queueRef: QueueRef
  readonly opportunityIds: readonly string[]
  /** Who removed a failed job of each. */
  readonly by: string
}

/**
 * Ends the marks of opportunities of which a person has removed a failed job: their next rounds are taken back, and their other failed jobs
 * removed. A run that is longer under way goes on. See docs/behaviour/status-rd.md#rounds.
 */
export async function endMarks(
  { redis, fingerprint }: { readonly redis: RedisClient; readonly fingerprint: Fingerprint },
  { queueRef, opportunityIds, by }: RemovedMarks,
): Promise<void> {
  const { queue, tenant } = queueRef
  const timelines = createTimelines(redis, tenant.name, fingerprint)
  for (let from = 0; from < opportunityIds.length; from += AT_ONCE) {
    const part = opportunityIds.slice(from, from + AT_ONCE)
    const records = await createStatusLedger(redis, tenant.name).peek(part)
    for (const [index, id] of part.entries())
      if (records[index]?.failing?.next !== undefined) await takeBackRound(redis, queueRef, id)
    for (const jobId of await createFailedJobs(redis).ofOpportunities(queueRef, part)) {
      const job = await queue.getJob(jobId)
      // One that somebody retries at the same moment stays.
      if (job === undefined || (await redis.zrem(queue.toKey('failed'), jobId)) === 0) continue
      await job.remove()
      const removal = { kind: 'removed', at: Date.now(), by, jobId } as const
      await timelines.record(await identifiedEventOfJob(job), removal).catch(() => undefined)
    }
  }
}

/** The failure stays recorded, so that only a person's change or request has the mark tried again, as after the last round. */
async function takeBackRound(redis: RedisClient, { queue, tenant }: QueueRef, opportunityId: string): Promise<void> {
  const key = stateKey(tenant.name, 'lock', opportunityLock(opportunityId))
  const statuses = createStatusLedger(redis, tenant.name, name => lock?.fenceOf(key) ?? noFence(name))
  const reading = statuses.readingOf(opportunityId)
  const lock = await acquireLock(redis, [key], { waitMs: LOCK_WAIT_MS, readings: [reading] })
  if (lock === undefined) return
  try {
    const { failing, ...status } = lock.valueOf(reading)
    if (failing?.next === undefined) return
    const { next, ...ended } = failing
    const changes = [statuses.writingOf(opportunityId, { ...status, failing: ended })]
    await runStep(redis, { fences: [lock.fenceOf(key)], changes })
    // A round that has begun finds that it is over.
    await queue.remove(next.jobId).catch(() => 0)
  } finally {
    await lock.release()
  }
}
