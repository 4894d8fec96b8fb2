import { factsOfJob, isJobName, jobs as catalog, readJobSummary, type StoredText } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import { listedKinds, type RedisClient, type TimelineEntry, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'
import { runsAt } from '../queues/queue-snapshot.ts'
import { findQueue, type OperationsDeps } from '../operations-deps.ts'
import { type PendingRound, readPendingRound } from '../failures/failed-jobs.ts'
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

/** What the status of an event asks of a job's row in the catalog. */
export interface StatusFacts {
  readonly kind: QueueKind
  readonly decidesStatus: boolean
}
const factsOf = (event: string): StatusFacts => ({ kind: kindOfEvent(event), ...factsOfJob(event) })

export interface JobState {
  readonly id: string
  readonly event: string
  /** As BullMQ names it. */
  readonly state: string
  /** Of a failed job: the round that Ponte makes by itself. */
  readonly round?: PendingRound | undefined
  /** Of a delayed job: until when, in milliseconds since 1970. */
  readonly until?: number | undefined
}

/** Of several destinations, the one that most needs a person speaks for the event. */
const worstFirst = ['failed', 'round', 'delayed', 'queued', 'running', 'removed', 'gone', 'done', 'skipped'] as const

/**
 * What became of an event: at each destination what its jobs wait for, or else how its last run ended, and of all destinations the worst.
 * Jobs that only follow it, such as writes of `statusRD`, are left out, unless nothing else is known. `facts`: from the catalog of jobs.
 */
export function eventStatus(
  entries: readonly TimelineEntry[],
  jobs: readonly JobState[],
  facts = factsOf,
): EventStatus {
  const named = [...entries, ...jobs].flatMap(each => ('event' in each ? facts(each.event) : []))
  const hasOwn = named.some(({ decidesStatus }) => decidesStatus)
  const counted = named.filter(({ decidesStatus }) => decidesStatus || !hasOwn)
  const statuses = [...new Set(counted.map(({ kind }) => kind))].map(kind => {
    const isOf = (event: string): boolean => facts(event).kind === kind && (facts(event).decidesStatus || !hasOwn)
    return statusAt(
      entries.filter(entry => isOf(eventIn(entry, entries))),
      jobs.filter(({ event }) => isOf(event)),
    )
  })
  const rank = ({ kind }: EventStatus): number => worstFirst.indexOf(kind)
  const [worst] = statuses.toSorted((one, other) => rank(one) - rank(other))
  return worst ?? { kind: 'gone' }
}

/** What people do to a job does not say which kind of job it is: a run of the job does, or the arrival of the event. */
function eventIn(entry: TimelineEntry, entries: readonly TimelineEntry[]): string {
  if ('event' in entry) return entry.event
  const named = entries.flatMap(each => ('event' in each ? each : []))
  const ofJob = 'jobId' in entry ? named.find(({ jobId }) => jobId === entry.jobId) : undefined
  return (ofJob ?? named[0])?.event ?? ''
}

/** At one destination, where a later round of a mark stands for those before it. */
function statusAt(entries: readonly TimelineEntry[], jobs: readonly JobState[]): EventStatus {
  const inState = (...states: readonly string[]): readonly JobState[] =>
    jobs.filter(({ state }) => states.includes(state))
  const failed = inState('failed')
  // The job of the next round is known only to who came by it, so it changes nothing while the failed one is there.
  const round = failed.find(each => each.round !== undefined)?.round
  if (round !== undefined) return { kind: 'round', ...round }
  if (inState('active').length > 0) return { kind: 'running' }
  if (inState('waiting', 'prioritized').length > 0) return { kind: 'queued' }
  const last = entries.findLast(entry => entry.kind === 'run')
  const [delayed] = inState('delayed')
  if (delayed !== undefined)
    return { kind: 'delayed', until: delayed.until, reason: last?.outcome === 'delayed' ? last.summary : undefined }
  // A cleaned job changes nothing about an event that is done.
  if (last?.outcome === 'done' || last?.outcome === 'skipped') return { kind: last.outcome }
  const since = entries.slice(last === undefined ? 0 : entries.indexOf(last) + 1)
  if (jobs.length === 0 && since.some(({ kind }) => kind === 'removed')) return { kind: 'removed' }
  if (jobs.length === 0 && since.some(({ kind }) => kind === 'superseded')) return { kind: 'skipped' }
  if (last?.outcome === 'failed' || failed.length > 0) return { kind: 'failed' }
  return { kind: inState('completed').length > 0 ? 'done' : 'gone' }
}

/** What became of an event, with what its queues say now. */
export async function readEventStatus(
  redis: RedisClient,
  { entries, live }: { readonly entries: readonly TimelineEntry[]; readonly live: readonly LiveJob[] },
): Promise<EventStatus> {
  return eventStatus(entries, await Promise.all(live.map(each => readJobState(redis, each))))
}

async function readJobState(redis: RedisClient, { queueRef, job, state }: LiveJob): Promise<JobState> {
  const { id = '', name: event } = job
  const { opportunityId } = readJobSummary(job.data)
  return {
    ...{ id, event, state },
    ...(state === 'failed' && { round: await readPendingRound(redis, queueRef.tenant, { id, opportunityId }) }),
    ...(state === 'delayed' && { until: await runsAt(redis, queueRef.queue, id) }),
  }
}

interface FailedJob {
  readonly queueRef: Pick<QueueRef, 'kind'>
  readonly job: Pick<Job, 'name' | 'finishedOn'>
  readonly state: string
}

/** The failed jobs of an event that a retry starts again, the newest first: at each destination the newest of those that decide its status. */
export function failedJobsOf<Of extends FailedJob>(live: readonly Of[], facts = factsOf): readonly Of[] {
  const failed = live
    .filter(({ state }) => state === 'failed')
    .toSorted((one, other) => (other.job.finishedOn ?? 0) - (one.job.finishedOn ?? 0))
  const deciding = failed.filter(({ job }) => facts(job.name).decidesStatus)
  const newest = Map.groupBy(deciding.length > 0 ? deciding : failed, ({ queueRef }) => queueRef.kind)
  return [...newest.values()].flatMap(([first]) => first ?? [])
}

/** The runs at the destination of this one that count as the event's, in their order. */
export const runsBeside = ({ event }: TimelineRun, entries: readonly TimelineEntry[]): readonly TimelineRun[] =>
  entries.filter(
    (entry): entry is TimelineRun =>
      entry.kind === 'run' && factsOf(entry.event).decidesStatus && kindOfEvent(entry.event) === kindOfEvent(event),
  )

/** Kinds of events that a list is asked for: jobs that write statusRD are part of another event. */
export const eventKinds = listedKinds.filter(kind => factsOfJob(kind).decidesStatus)

/** The status that a list is asked for, in fewer words than an event has. */
export const statusChoices = ['failed', 'open', 'done', 'skipped'] as const
export type StatusChoice = (typeof statusChoices)[number]

const choiceOf: Readonly<Partial<Record<EventStatus['kind'], StatusChoice>>> = {
  ...{ failed: 'failed', round: 'failed' },
  ...{ queued: 'open', running: 'open', delayed: 'open' },
  ...{ done: 'done', skipped: 'skipped' },
}

/** An event that is done is among those that failed as well while a job that follows it, such as a write of `statusRD`, is failed. */
export const hasStatus = (
  { status, live }: { readonly status: EventStatus; readonly live: readonly LiveJob[] },
  wanted: StatusChoice | undefined,
): boolean =>
  wanted === undefined ||
  choiceOf[status.kind] === wanted ||
  (wanted === 'failed' && live.some(({ state }) => state === 'failed'))
