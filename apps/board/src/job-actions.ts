import { codeOfReason, type ReasonCode, storyOfJob } from '@ponte/contracts'
import { retryInFull } from '@ponte/runtime'
import { type Audit, createStories, retryEvents, type StoryEntry } from '@ponte/state'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Place } from './board-parts.ts'
import type { Who } from './credentials.ts'

export interface Recorder {
  readonly redis: Redis
  readonly audit: Audit
}

/** Keeps what a person did to one job: in the audit trail, and in the story of its event. */
export async function recordOnJob(
  { redis, audit }: Recorder,
  act: {
    readonly who: Who
    readonly place: Place
    readonly job: Job
    /** Of its failure, before the act. */
    readonly code: ReasonCode | undefined
    readonly action: string
    readonly entry?: Omit<Extract<StoryEntry, { kind: 'retried' | 'removed' }>, 'at' | 'by' | 'jobId'>
    readonly fields?: readonly string[]
  },
): Promise<void> {
  const { who, place, job, code, action, fields } = act
  const { name: tenant } = place.tenant
  await audit.write({
    who: who.user,
    action,
    outcome: 'done',
    tenant,
    queue: place.kind,
    jobId: job.id,
    ...(code !== undefined && { code }),
    ...(fields && { detail: fields.join(', ') }),
  })
  const common = { at: Date.now(), by: who.user, jobId: job.id ?? '' }
  const entries: StoryEntry[] = [
    ...(fields ? [{ ...common, kind: 'edited' as const, fields: [...fields] }] : []),
    ...(act.entry ? [{ ...common, ...act.entry }] : []),
  ]
  const stories = createStories(redis, tenant)
  // The audit trail has it: a story that cannot be written must not make a done thing look undone.
  for (const entry of entries) await stories.tell(storyOfJob(job), entry).catch(() => undefined)
}

/** Starts the whole series of attempts of a failed job again. False when it is failed no longer. */
export async function retryOne(
  recorder: Recorder,
  { who, place, job }: { readonly who: Who; readonly place: Place; readonly job: Job },
): Promise<boolean> {
  const code = codeOfReason(job.failedReason)
  if (!(await retryInFull(job))) return false
  await recordOnJob(recorder, { who, place, job, code, action: 'retry', entry: { kind: 'retried' } })
  return true
}

/**
 * Starts the whole series of attempts of each of these jobs again, if it still is failed (and with this code). Oldest first, so
 * that events keep their order as far as they had one.
 */
export const retryAll = (
  { redis }: Recorder,
  act: { readonly who: Who; readonly place: Place; readonly code?: ReasonCode; readonly ids: readonly string[] },
): Promise<{ retried: number; skipped: number }> => {
  const { who, place, ids, code } = act
  return retryEvents(redis, {
    ...{ who: who.user, tenant: place.tenant.name, queue: place.kind, ids },
    ...(code !== undefined && { code }),
    find: id => place.queue.getJob(id),
    retry: retryInFull,
  })
}

const ENDED_AT_ONCE = 500
/** What ended while the operator looked at the list stays, as in Bull Board (9.10.1, handlers/cleanAll). */
const GRACE_MS = 5000

/**
 * Removes the failed or the completed jobs of a queue and tells each in the story of its event. How many there were is in the
 * audit trail, also when Redis goes midway. One that somebody retries at the same moment is not removed.
 */
export async function cleanEnded(
  { redis, audit }: Recorder,
  { who, place, status }: { readonly who: Who; readonly place: Place; readonly status: 'failed' | 'completed' },
): Promise<number> {
  const { queue } = place
  const tenant = place.tenant.name
  const stories = createStories(redis, tenant)
  const entry = { who: who.user, action: 'clean', tenant, queue: place.kind }
  const end = await audit.begin({ ...entry, outcome: 'done', detail: `${status} ?` })
  let removed = 0
  let isWhole = false
  try {
    for (let gone = ENDED_AT_ONCE; gone === ENDED_AT_ONCE;) {
      // A job that is removed can be read only before. BullMQ takes the oldest, too.
      const ids = await redis.zrange(queue.toKey(status), '0', String(ENDED_AT_ONCE - 1))
      const jobs = await Promise.all(ids.map(id => queue.getJob(id)))
      const storyOf = new Map(jobs.flatMap(job => (job === undefined ? [] : [[job.id, storyOfJob(job)]])))
      const cleaned = await queue.clean(GRACE_MS, ENDED_AT_ONCE, status)
      gone = cleaned.length
      removed += gone
      await Promise.all(
        cleaned.map(async jobId => {
          const story = storyOf.get(jobId)
          const told = { kind: 'removed', at: Date.now(), by: who.user, jobId } as const
          if (story !== undefined) await stories.tell(story, told).catch(() => undefined)
        }),
      )
    }
    isWhole = true
  } finally {
    const outcome = isWhole || removed > 0 ? 'done' : 'failed'
    const written = end({ ...entry, outcome, detail: `${status} ${removed}` })
    // What stopped the work says more than that its record could not be written either.
    await (isWhole ? written : written.catch(() => undefined))
  }
  return removed
}
