import { codeOfReason, type ReasonCode, eventOfJob, identifiedEventOfJob } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import { type Audit, createTimelines, type Fingerprint, type TimelineEntry, type RedisClient } from '@ponte/state'
import type { Job } from 'bullmq'
import type { QueueRef } from './queue-ref.ts'
import type { User } from '../users/user.ts'
import { endMarks, failedMarkIn } from './end-marks.ts'
import { pageBudget, readJobs } from './read-jobs.ts'

export interface Recorder {
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
  readonly audit: Audit
}

/** What a person does to one job. */
export interface Action {
  readonly user: User
  readonly queueRef: QueueRef
  readonly job: Job
  /** The code of its failure, before the action. */
  readonly code: ReasonCode | undefined
  readonly action: string
  /** The fields that are corrected. */
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
