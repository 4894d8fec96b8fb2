import { isJobName, jobs as catalog, readJobSummary, type StoredText, factsOfJob } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { listedKinds, type RedisClient, type TimelineEntry, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'
import { runsAt } from '../queues/queue-snapshot.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import { type PendingRound, readPendingRound } from '../queues/pending-round.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { type ByteBudget, readJob } from '../queues/read-jobs.ts'

/** The queue of an event's jobs. A quarantined delivery has no event name. */
const kindOfEvent = (event: string): QueueKind => (isJobName(event) ? catalog[event].destination : 'quarantine')

/** A job of an event that is still in its queue. */
export interface LiveJob {
  readonly queueRef: QueueRef
  readonly job: Job
  readonly state: string
}

export interface JobAt {
  readonly kind: QueueKind
  readonly id: string
}

/** The jobs that a timeline names. */
export function jobsIn(entries: readonly TimelineEntry[]): readonly JobAt[] {
  const named = entries.flatMap(entry =>
    entry.kind === 'received' || entry.kind === 'run' ? [{ id: entry.jobId, event: entry.event }] : [],
  )
  return named.map(({ id, event }) => ({ id, kind: kindOfEvent(event) }))
}

export type JobDeps = Pick<OperationsDeps, 'redis' | 'queues' | 'tenants'>

/** The jobs that are still there, each once. `known`: those that were read already. */
export async function readLiveJobs(
  deps: JobDeps,
  tenant: string,
  at: readonly JobAt[],
  { budget, known = [] }: { readonly budget: ByteBudget; readonly known?: readonly LiveJob[] },
): Promise<readonly LiveJob[]> {
  const read = new Map(known.map(each => [nameOf(placeOf(each)), each]))
  const once = new Map([...at, ...known.map(placeOf)].map(each => [nameOf(each), each]))
  const found = await Promise.all(
    [...once].map(async ([name, each]) => read.get(name) ?? readLiveJob(deps, tenant, each, budget)),
  )
  return found.filter(each => each !== undefined)
}

export const placeOf = ({ queueRef, job }: LiveJob): JobAt => ({ kind: queueRef.kind, id: job.id ?? '' })
const nameOf = ({ kind, id }: JobAt): string => `${kind} ${id}`

async function readLiveJob(
  deps: JobDeps,
  tenant: string,
  { kind, id }: JobAt,
  budget: ByteBudget,
): Promise<LiveJob | undefined> {
  const queueRef = findQueue(deps, { tenant, kind })
  const job = queueRef && (await readJob(deps.redis, queueRef.queue, id, budget))
  return queueRef && job && { queueRef, job, state: await queueRef.queue.getJobState(id) }
}

/** The status of an event, in one word. */
export type EventStatus =
  | { readonly kind: 'queued' | 'running' | 'done' | 'skipped' | 'failed' | 'removed' | 'gone' }
  /** `until`: milliseconds since 1970. `reason`: what Ponte says. */
  | { readonly kind: 'delayed'; readonly until: number | undefined; readonly reason: StoredText | undefined }
  | ({ readonly kind: 'round' } & PendingRound)

/** Is this the job of the event itself? */
export const isOwn = (event: string): boolean => factsOfJob(event).decidesStatus

/** Is this a run of the event itself? A job that writes statusRD has the same timeline, but its outcome is not the event's. */
export const isOwnRun = (entry: TimelineEntry): entry is TimelineRun => entry.kind === 'run' && isOwn(entry.event)

/** The failed jobs that a retry of the event starts again, the newest first: its own, or else the write of statusRD. */
export function failedJobsOf(live: readonly LiveJob[]): readonly LiveJob[] {
  const failed = live
    .filter(({ state }) => state === 'failed')
    .toSorted((one, other) => (other.job.finishedOn ?? 0) - (one.job.finishedOn ?? 0))
  const own = failed.filter(({ job }) => isOwn(job.name))
  return own.length > 0 ? own : failed
}

/** What the event's jobs wait for, or else how its last run ended. */
export async function readEventStatus(
  redis: RedisClient,
  { entries, live }: { readonly entries: readonly TimelineEntry[]; readonly live: readonly LiveJob[] },
): Promise<EventStatus> {
  const own = live.filter(({ job }) => isOwn(job.name))
  const inState = (...states: readonly string[]): readonly LiveJob[] =>
    own.filter(({ state }) => states.includes(state))
  if (inState('active').length > 0) return { kind: 'running' }
  if (inState('waiting', 'prioritized').length > 0) return { kind: 'queued' }
  const failed = inState('failed')
  for (const { queueRef, job } of failed) {
    const { opportunityId } = readJobSummary(job.data)
    const pending = await readPendingRound(redis, queueRef.tenant, { id: job.id, opportunityId })
    if (pending !== undefined) return { kind: 'round', ...pending }
  }
  const last = entries.findLast(isOwnRun)
  const [delayed] = inState('delayed')
  if (delayed !== undefined) {
    const until = await runsAt(redis, delayed.queueRef.queue, delayed.job.id ?? '')
    return { kind: 'delayed', until, reason: last?.outcome === 'delayed' ? last.summary : undefined }
  }
  // A cleaned job changes nothing about an event that is done.
  if (last?.outcome === 'done' || last?.outcome === 'skipped') return { kind: last.outcome }
  const since = entries.slice(last === undefined ? 0 : entries.indexOf(last) + 1)
  if (own.length === 0 && since.some(({ kind }) => kind === 'removed')) return { kind: 'removed' }
  if (own.length === 0 && since.some(each => each.kind === 'superseded' && isOwn(each.event)))
    return { kind: 'skipped' }
  if (last?.outcome === 'failed') return { kind: 'failed' }
  if (failed.length > 0) return { kind: 'failed' }
  return { kind: inState('completed').length > 0 ? 'done' : 'gone' }
}

/** Kinds of events that a list is asked for: jobs that write statusRD are part of another event. */
export const eventKinds = listedKinds.filter(isOwn)

/** The status that a list is asked for, in fewer words than an event has. */
export const statusChoices = ['failed', 'open', 'done', 'skipped'] as const
export type StatusChoice = (typeof statusChoices)[number]

const choiceOf: Readonly<Partial<Record<EventStatus['kind'], StatusChoice>>> = {
  ...{ failed: 'failed', round: 'failed' },
  ...{ queued: 'open', running: 'open', delayed: 'open' },
  ...{ done: 'done', skipped: 'skipped' },
}

export const hasStatus = ({ kind }: EventStatus, wanted: StatusChoice | undefined): boolean =>
  wanted === undefined || choiceOf[kind] === wanted
