import { identitiesOfJob } from '@ponte/mappers'
import type { Audit, StoryEntry, StoryOf } from '@ponte/state'
import { createStories } from '@ponte/state'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { Place } from './board-parts.ts'
import { causeCode, type CauseCode } from './causes.ts'
import type { Who } from './credentials.ts'
import { retryInFull } from './full-retry-adapter.ts'

const AT_ONCE = 50

const text = z.string().optional()
const subject = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** What of a job's data its event is known and found by, whatever else the data hold. */
export const readSubject = (data: unknown): z.infer<typeof subject> => subject.safeParse(data).data ?? {}

/** Which event a job is a part of. A quarantined delivery is its own event. */
export function storyOf(job: Job): StoryOf {
  const data = readSubject(job.data)
  return {
    event: job.name,
    key: data.key ?? job.id ?? '',
    receivedAt: data.receivedAt ?? new Date(job.timestamp).toISOString(),
    jobId: job.id ?? '',
    identities: identitiesOfJob(data),
  }
}

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
    readonly code: CauseCode | undefined
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
  for (const entry of entries) await stories.tell(storyOf(job), entry).catch(() => undefined)
}

/**
 * Starts the whole series of attempts of each of these jobs again, if it still is failed with this code. Oldest first, so that
 * events keep their order as far as they had one.
 */
export async function retryAll(
  recorder: Recorder,
  act: { readonly who: Who; readonly place: Place; readonly code: CauseCode; readonly ids: readonly string[] },
): Promise<{ readonly retried: number; readonly skipped: number }> {
  const { who, place, code, ids } = act
  const stories = createStories(recorder.redis, place.tenant.name)
  const one = async (id: string): Promise<boolean> => {
    const job = await place.queue.getJob(id)
    if (job === undefined || causeCode(job.failedReason ?? '') !== code) return false
    try {
      await retryInFull(job).retry('failed')
    } catch {
      // Somebody else retried or removed it in between.
      return false
    }
    const entry = { kind: 'retried', at: Date.now(), by: who.user, jobId: id } as const
    await stories.tell(storyOf(job), entry).catch(() => undefined)
    return true
  }
  let retried = 0
  for (let from = 0; from < ids.length; from += AT_ONCE) {
    const results = await Promise.all(ids.slice(from, from + AT_ONCE).map(one))
    retried += results.filter(Boolean).length
  }
  await recorder.audit.write({
    who: who.user,
    action: 'retry-all',
    outcome: 'done',
    tenant: place.tenant.name,
    queue: place.kind,
    code,
    detail: String(retried),
  })
  return { retried, skipped: ids.length - retried }
}
