import { eventOfJob, factsOfJob, type JobOfEvent, type Language } from '@ponte/contracts'
import { type QueueKind, queueKinds } from '@ponte/runtime'
import { createTimelines, type TimelineEntry, timelineId } from '@ponte/state'
import { isEditable } from '../edits/editable.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import { type FailureReason, readReasons } from '../failures/failure-words.ts'
import { maskedContact, NOBODY, opportunityText } from '../queues/masked-contact.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { type ByteBudget, pageBudget, readJobs } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'
import {
  type EventStatus,
  failedJobsOf,
  type JobAt,
  type JobDeps,
  jobsIn,
  type LiveJob,
  placeOf,
  readEventStatus,
  readLiveJobs,
} from './event-status.ts'

/** Names an event. Holds no personal data: `id`, of its timeline, is a hash of the event key. */
export interface EventRef {
  readonly tenant: string
  readonly id: string
  /** The job by which it was found: an event whose timeline could not be written is found by it alone. */
  readonly job?: JobAt
}

/** The event that a job belongs to. */
export const eventRefOf = (
  { tenant, kind }: { readonly tenant: { readonly name: string }; readonly kind: QueueKind },
  job: JobOfEvent,
): EventRef => ({ tenant: tenant.name, id: timelineId(eventOfJob(job).key), job: { kind, id: job.id ?? '' } })

export interface EventReader {
  readonly language: Language
  readonly user: User | undefined
}

/** What became of an event, as a list shows it. */
export interface EventDocument extends EventRef {
  readonly event: string
  readonly key: string
  /** When it came, in milliseconds since 1970. */
  readonly at: number
  readonly status: EventStatus
  /** Whom it is about, masked for the reader. Without its job, only the opportunity is known. */
  readonly contact: string
  /** The job that a retry starts again: of several rounds of a mark the newest. */
  readonly failed: FailedJobOfEvent | undefined
}

export interface FailedJobOfEvent extends JobAt {
  readonly event: string
  /** The event has another outcome than this job: it follows the event, as a write of `statusRD` does. */
  readonly isFollowUp: boolean
  readonly isEditable: boolean
  readonly reason: FailureReason | undefined
}

/** An event that was found, as Redis holds it. */
export interface FoundEvent extends Omit<EventDocument, 'status' | 'contact' | 'failed'> {
  readonly entries: readonly TimelineEntry[]
  readonly jobs: readonly LiveJob[]
}

/** The same, with what its queues say of it now. */
export interface ReadEvent extends FoundEvent {
  readonly live: readonly LiveJob[]
  readonly status: EventStatus
}

/** The event of a timeline, or else of its first job. Undefined when there is neither. */
export function foundEvent(
  ref: EventRef,
  entries: readonly TimelineEntry[],
  jobs: readonly LiveJob[] = [],
): FoundEvent | undefined {
  const [first] = jobs
  const named = entries.find(entry => entry.kind === 'received') ?? (first && jobFacts(first))
  return named && { ...ref, event: named.event, key: named.key, at: named.at, entries, jobs }
}

function jobFacts({ job }: LiveJob) {
  const { event, key, receivedAt } = eventOfJob(job)
  return { event, key, at: Date.parse(receivedAt) }
}

/** The event of a job that was read. */
export function foundByJob(live: LiveJob, entries: readonly TimelineEntry[] = []): FoundEvent {
  const ref = eventRefOf(live.queueRef, live.job)
  return foundEvent(ref, entries, [live]) ?? { ...ref, ...jobFacts(live), entries, jobs: [live] }
}

/**
 * The event that an address names, of a tenant that may be seen. An address that names a job of another event names none.
 * `whole`: the event with its whole timeline, whatever job led to it. Default: as a list shows it.
 */
export async function findEvent(
  deps: OperationsDeps,
  ref: EventRef,
  { budget, whole = false }: { readonly budget: ByteBudget; readonly whole?: boolean },
): Promise<FoundEvent | undefined> {
  const { tenant, id, job } = ref
  if (!deps.tenants.some(({ name }) => name === tenant)) return undefined
  const timelines = createTimelines(deps.redis, tenant, deps.fingerprint)
  const entries = await (whole ? timelines.read(id) : timelines.peek(id))
  const named = await readLiveJobs(deps, tenant, job === undefined ? [] : [job], { budget })
  return foundEvent(
    whole ? { tenant, id } : ref,
    entries,
    named.filter(each => timelineId(eventOfJob(each.job).key) === id),
  )
}

/**
 * Finds jobs by their id, or by their event key, which BullMQ remembers for a week. Also finds an event whose timeline could not be
 * written.
 */
export async function findJobs(deps: JobDeps, tenant: string, query: string): Promise<readonly LiveJob[]> {
  const budget = pageBudget()
  const inQueue = async (queueRef: QueueRef | undefined): Promise<readonly LiveJob[]> => {
    if (queueRef === undefined) return []
    const first = await queueRef.queue.getDeduplicationJobId(query)
    const jobs = await readJobs(deps.redis, queueRef.queue, [...new Set([query, first ?? query])], budget)
    return Promise.all(
      jobs.map(async job => ({ queueRef, job, state: await queueRef.queue.getJobState(job.id ?? '') })),
    )
  }
  const found = await Promise.all(queueKinds.map(kind => inQueue(findQueue(deps, { tenant, kind }))))
  return found.flat()
}

/** What became of an event. */
export async function readEvent(deps: OperationsDeps, found: FoundEvent, budget: ByteBudget): Promise<ReadEvent> {
  const { tenant, entries, jobs } = found
  const live = await readLiveJobs(deps, tenant, jobsIn(entries), { budget, known: jobs })
  return { ...found, live, status: await readEventStatus(deps.redis, { entries, live }) }
}

/** Whom an event is about, masked for the reader. */
export const subjectsOf = ({ live, entries }: ReadEvent, { language, user }: EventReader) => ({
  contacts: live.map(({ job }) => maskedContact(job, language, user)).filter(text => text !== NOBODY),
  opportunities: entries.flatMap(entry =>
    entry.kind === 'run' ? (opportunityText(entry.opportunityId, language) ?? []) : [],
  ),
})

export async function toEventDocument(
  deps: Pick<OperationsDeps, 'vendorAnswers'>,
  event: ReadEvent,
  reader: EventReader,
): Promise<EventDocument> {
  const { tenant, id, job, event: name, key, at, status, live } = event
  const { contacts, opportunities } = subjectsOf(event, reader)
  const about = new Set(contacts.length > 0 ? contacts : opportunities)
  const [failed] = failedJobsOf(live)
  return {
    ...{ tenant, id, ...(job && { job }), event: name, key, at, status },
    contact: [...about].join(' · ') || NOBODY,
    failed: failed && {
      ...placeOf(failed),
      event: failed.job.name,
      isFollowUp: !factsOfJob(failed.job.name).decidesStatus && factsOfJob(name).decidesStatus,
      isEditable: isEditable(failed.queueRef.kind, failed.job),
      reason: await reasonOf(deps, failed, reader),
    },
  }
}

export async function reasonOf(
  deps: Pick<OperationsDeps, 'vendorAnswers'>,
  { queueRef, job }: { readonly queueRef: QueueRef; readonly job: LiveJob['job'] },
  reader: EventReader,
): Promise<FailureReason | undefined> {
  return (await readReasons(deps, queueRef, [job], reader)).get(job.id ?? '')
}
