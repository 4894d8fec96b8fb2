import {
  codeOfReason,
  eventOfJob,
  identifiedEventOfJob,
  isMarkEvent,
  readJobSummary,
  type ReasonCode,
} from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import {
  acquireLock,
  type Audit,
  createStatusLedger,
  createTimelines,
  type Fingerprint,
  noFence,
  opportunityLock,
  type RedisClient,
  runStep,
  stateKey,
  type TimelineEntry,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { createFailedJobs } from '../failures/failed-jobs.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { pageBudget, readJobs } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'

export interface Recorder {
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  readonly audit: Audit
}

export interface Action {
  readonly user: User
  readonly queueRef: QueueRef
  readonly job: Job
  /** The code of its failure, before the action. */
  readonly code: ReasonCode | undefined
  readonly action: string
  readonly fields?: readonly string[]
}

type RecordedAction = 'edited' | 'retried' | 'removed'

/**
 * Writes an action on one job into the audit trail before it is done, with a `?`. Returns a function that replaces this entry by the
 * outcome and adds what was done to the event's timeline. If Redis fails in between, the first entry remains. A mark ends with the failed
 * job that is removed (`endMarks`).
 */
export async function beginAction(
  { redis, fingerprint, audit }: Recorder,
  { user, queueRef, job, code, action, fields }: Action,
): Promise<(outcome: 'done' | 'failed', recorded?: readonly RecordedAction[]) => Promise<void>> {
  const { name: tenant } = queueRef.tenant
  const { id: jobId = '' } = job
  const entry = { user: user.name, action, tenant, queue: queueRef.kind, jobId, ...(code !== undefined && { code }) }
  const detail = fields?.join(', ')
  const end = await audit.begin({ ...entry, outcome: 'done', detail: detail === undefined ? '?' : `${detail}, ?` })
  const of = await identifiedEventOfJob(job)
  const mark = failedMarkIn(job)
  return async (outcome, recorded = []) => {
    await end({ ...entry, outcome, ...(detail !== undefined && { detail }) })
    const common = { at: Date.now(), by: user.name, jobId }
    const timelines = createTimelines(redis, tenant, fingerprint)
    for (const kind of recorded) {
      const entry: TimelineEntry =
        kind === 'edited' ? { ...common, kind, fields: [...(fields ?? [])] } : { ...common, kind }
      // The audit trail has the action already. A timeline that cannot be written does not make the action fail.
      const jobKey = queueRef.queue.toKey(jobId)
      await timelines.record(of, entry, kind === 'retried' ? { jobKey } : {}).catch(() => undefined)
    }
    if (mark !== undefined && recorded.includes('removed'))
      await endMarks({ redis, fingerprint }, { queueRef, opportunityIds: [mark], by: user.name })
  }
}

/** Retries a failed job from the first attempt. False when the job is no longer failed. */
export async function retryOne(
  recorder: Recorder,
  { user, queueRef, job }: { readonly user: User; readonly queueRef: QueueRef; readonly job: Job },
): Promise<boolean> {
  const code = job.failedReason ? codeOfReason(job.failedReason) : undefined
  const end = await beginAction(recorder, { user, queueRef, job, code, action: 'retry' })
  let isRetried: boolean
  try {
    isRetried = await retryInFull(job)
  } catch (error) {
    await end('failed').catch(() => undefined)
    throw error
  }
  await (isRetried ? end('done', ['retried']) : end('failed'))
  return isRetried
}

const ENDED_AT_ONCE = 500
/** Jobs that ended after the operator opened the list stay, as in Bull Board (9.10.1, handlers/cleanAll). */
const GRACE_MS = 5000

/**
 * Removes the failed or the completed jobs of a queue and records each in the timeline of its event. The audit trail has their number, also
 * when Redis fails midway. A job that somebody retries at the same moment is not removed. Marks end with their failed jobs (`endMarks`).
 */
export async function cleanEnded(
  { redis, fingerprint, audit }: Recorder,
  {
    user,
    queueRef,
    status,
  }: { readonly user: User; readonly queueRef: QueueRef; readonly status: 'failed' | 'completed' },
): Promise<number> {
  const { queue } = queueRef
  const tenant = queueRef.tenant.name
  const timelines = createTimelines(redis, tenant, fingerprint)
  const entry = { user: user.name, action: 'clean', tenant, queue: queueRef.kind }
  const end = await audit.begin({ ...entry, outcome: 'done', detail: `${status} ?` })
  let removed = 0
  let isWhole = false
  try {
    for (let gone = ENDED_AT_ONCE; gone === ENDED_AT_ONCE;) {
      // A job can be read only before it is removed. BullMQ removes the oldest first, so these are read.
      const ids = await redis.zrange(queue.toKey(status), '0', String(ENDED_AT_ONCE - 1))
      const jobs = await readJobs(redis, queue, ids, pageBudget())
      const eventOf = new Map(jobs.map(job => [job.id, eventOfJob(job)]))
      const markOf = new Map(jobs.map(job => [job.id, failedMarkIn(job)]))
      const cleaned = await queue.clean(GRACE_MS, ENDED_AT_ONCE, status)
      gone = cleaned.length
      removed += gone
      await Promise.all(
        cleaned.map(async jobId => {
          const event = eventOf.get(jobId)
          const removal = { kind: 'removed', at: Date.now(), by: user.name, jobId } as const
          if (event !== undefined) await timelines.record(event, removal).catch(() => undefined)
        }),
      )
      const opportunityIds = [...new Set(cleaned.flatMap(jobId => markOf.get(jobId) ?? []))]
      await endMarks({ redis, fingerprint }, { queueRef, opportunityIds, by: user.name })
    }
    isWhole = true
  } finally {
    const outcome = isWhole || removed > 0 ? 'done' : 'failed'
    const written = end({ ...entry, outcome, detail: `${status} ${removed}` })
    // The error that stopped the work says more than an error of its record.
    await (isWhole ? written : written.catch(() => undefined))
  }
  return removed
}

/** How long a run of the opportunity that is under way is waited for. */
const LOCK_WAIT_MS = 10_000
/** Records that one command to Redis reads. */
const AT_ONCE = 500

/** The opportunity whose mark has failed in this job. Undefined for any other job. */
const failedMarkIn = ({ name, data, failedReason }: Job): string | undefined =>
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
async function endMarks(
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
