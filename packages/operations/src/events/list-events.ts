import { eventOfJob } from '@ponte/contracts'
import { createEventLists, createTimelines, type FailedMember, type ListedTimeline, timelineId } from '@ponte/state'
import type { JobType } from 'bullmq'
import { readOnce } from '../failures/failed-jobs.ts'
import { allQueues, type OperationsDeps } from '../operations-deps.ts'
import { type QueueRef, queueNameOf } from '../queues/queue-ref.ts'
import { type ByteBudget, pageBudget, readJob } from '../queues/read-jobs.ts'
import { eventKinds, hasStatus, type StatusChoice } from './event-status.ts'
import {
  type EventDocument,
  type EventReader,
  findEvent,
  foundByJob,
  readEvent,
  type ReadEvent,
  toEventDocument,
} from './read-event.ts'

/** The last event of a page: the next page begins behind it. */
export interface Cursor {
  /** When it came, or when it failed. */
  readonly at: number
  readonly id: string
}

export interface EventQuery {
  readonly tenant?: string | undefined
  readonly event?: string | undefined
  readonly status?: StatusChoice | undefined
  readonly from: number
  readonly until: number
  /** Where the page begins: behind this event. */
  readonly cursor: Cursor | undefined
}

/** Events of one page, and how many are looked at for one when a status is asked for that few have. */
export const PAGE_SIZE = 50
export const MAX_LOOKED = 500
/** Tenants whose events are listed together. Of more, one has to be chosen. */
const MAX_TENANTS = 20
/** Jobs of one queue that run or wait and are listed: those that workers take next. */
const MAX_OPEN = 1000

interface Page {
  readonly events: readonly ReadEvent[]
  /** Where the next page begins, if there may be more. */
  readonly next: Cursor | undefined
  /** Queues for which Redis did not answer, by name. */
  readonly unreadable?: readonly string[]
  /** Queues that hold more than is listed, by name. */
  readonly cut?: readonly string[]
}

export interface EventList extends Omit<Page, 'events'> {
  readonly events: readonly EventDocument[]
  /** There are too many tenants to list the events of all: one has to be chosen. */
  readonly isTenantNeeded?: boolean
}

/**
 * Reads the pages of one list: a bounded part of what Ponte remembers, and a bounded number of bytes for each. Queues move while somebody
 * reads: what they hold is asked once, for all pages.
 */
export function createEventPages(deps: OperationsDeps, reader: EventReader): (query: EventQuery) => Promise<EventList> {
  const failedJobs = readOnce(deps.failedJobs)
  let open: ReturnType<typeof readOpen> | undefined
  return async query => {
    const { tenant, status } = query
    if (tenant === undefined && deps.tenants.length > MAX_TENANTS)
      return { events: [], next: undefined, isTenantNeeded: true }
    const own = { ...deps, failedJobs, tenants: deps.tenants.filter(({ name }) => (tenant ?? name) === name) }
    if (status === 'open') open ??= readOpen(own)
    const page =
      open === undefined
        ? await (status === 'failed' ? listFailed : listByArrival)(own, query)
        : await listOpen(own, query, await open)
    return { ...page, events: await Promise.all(page.events.map(event => toEventDocument(deps, event, reader))) }
  }
}

const kindsOf = ({ event }: EventQuery): readonly string[] => (event === undefined ? eventKinds : [event])

const isBehind = ({ at, id }: Cursor, after: Cursor | undefined): boolean =>
  after === undefined || at < after.at || (at === after.at && id < after.id)

const newestFirst = (one: Cursor, other: Cursor): number => other.at - one.at || (one.id < other.id ? 1 : -1)

/** One list of events that is read from its newest end. */
interface Source {
  readonly tenant: string
  readonly kind: string
  buffer: readonly ListedTimeline[]
  read: number
  isOver: boolean
}

/** From the lists of all events, which are merged by the time of arrival. */
async function listByArrival(deps: OperationsDeps, query: EventQuery): Promise<Page> {
  const { from, cursor: after, status } = query
  const until = after === undefined ? query.until : Math.min(query.until, after.at)
  const sources = deps.tenants.flatMap(({ name: tenant }) =>
    kindsOf(query).map((kind): Source => ({ tenant, kind, buffer: [], read: 0, isOver: false })),
  )
  const fill = async (source: Source): Promise<void> => {
    while (source.buffer.length === 0 && !source.isOver) {
      const span = { from, until, skip: source.read, most: PAGE_SIZE }
      const found = await createEventLists(deps.redis, source.tenant).read(source.kind, span)
      source.read += found.length
      source.isOver = found.length < PAGE_SIZE
      source.buffer = found.filter(each => isBehind(each, after))
    }
  }
  const budget = pageBudget()
  const events: ReadEvent[] = []
  for (let looked = 0; looked < MAX_LOOKED;) {
    const part: { tenant: string; listed: ListedTimeline }[] = []
    while (part.length < PAGE_SIZE) {
      await Promise.all(sources.map(fill))
      const [first] = sources
        .filter(({ buffer }) => buffer.length > 0)
        .toSorted((one, other) => newestFirst(one.buffer[0] ?? OLDEST, other.buffer[0] ?? OLDEST))
      const [listed, ...others] = first?.buffer ?? []
      if (first === undefined || listed === undefined) break
      first.buffer = others
      part.push({ tenant: first.tenant, listed })
    }
    looked += part.length
    const read = await Promise.all(
      part.map(async ({ tenant, listed: { id } }) => {
        const found = await findEvent(deps, { tenant, id }, { budget })
        return found && (await readEvent(deps, found, budget))
      }),
    )
    for (const [index, event] of read.entries()) {
      if (event === undefined || !hasStatus(event, status)) continue
      events.push(event)
      if (events.length === PAGE_SIZE) return { events, next: part[index]?.listed }
    }
    if (part.length < PAGE_SIZE) return { events, next: undefined }
    if (looked >= MAX_LOOKED) return { events, next: part.at(-1)?.listed }
  }
  return { events, next: undefined }
}
const OLDEST: Cursor = { at: 0, id: '' }

/** From the failed jobs, by the time of the failure. These are the jobs that the failures page counts, writes of `statusRD` included. */
async function listFailed(deps: OperationsDeps, query: EventQuery): Promise<Page> {
  const read = await Promise.all(
    allQueues(deps).map(async queueRef => {
      const found = await newestBehind(deps, queueRef, query).catch(() => undefined)
      return { queueRef, found, jobs: found?.map(({ id, failedAt: at }) => ({ queueRef, id, at })) ?? [] }
    }),
  )
  const behind = read.flatMap(({ jobs }) => jobs).toSorted(newestFirst)
  const shown = behind.slice(0, PAGE_SIZE)
  const last = shown.at(-1)
  const events = await readJobEvents(deps, shown, pageBudget())
  return {
    events: events.filter(event => hasStatus(event, query.status)),
    next: behind.length > PAGE_SIZE ? last && { at: last.at, id: last.id } : undefined,
    unreadable: read.flatMap(({ queueRef, found }) => (found === undefined ? queueNameOf(queueRef) : [])),
  }
}

/** The failed jobs of one queue for a page, and one more where there are more. */
async function newestBehind(
  { failedJobs }: OperationsDeps,
  queueRef: QueueRef,
  { event, from: since, until: end, cursor: after }: EventQuery,
): Promise<readonly FailedMember[]> {
  const until = after === undefined ? end : Math.min(end, after.at)
  const counts = await failedJobs.count(queueRef, { event, since })
  const behind: FailedMember[] = []
  for (let skip = 0; behind.length <= PAGE_SIZE; skip += PAGE_SIZE) {
    const part = await failedJobs.newest(queueRef, counts, { since, until, skip, most: PAGE_SIZE })
    behind.push(...part.filter(({ id, failedAt: at }) => isBehind({ id, at }, after)))
    if (part.length < PAGE_SIZE) break
  }
  return behind
}

const openStates: readonly JobType[] = ['active', 'wait', 'prioritized', 'delayed']

interface JobInQueue {
  readonly queueRef: QueueRef
  readonly id: string
}

interface Open extends Pick<Page, 'unreadable' | 'cut'> {
  readonly jobs: readonly JobInQueue[]
}

/** The jobs that run or wait, in the order in which workers take them. */
async function readOpen(deps: OperationsDeps): Promise<Open> {
  const read = await Promise.all(
    allQueues(deps).map(async queueRef => ({
      queueRef,
      // One more than are listed, of each state.
      ids: await queueRef.queue.getRanges([...openStates], 0, MAX_OPEN, true).catch(() => undefined),
    })),
  )
  return {
    jobs: read.flatMap(({ queueRef, ids = [] }) => ids.slice(0, MAX_OPEN).map(id => ({ queueRef, id }))),
    unreadable: read.flatMap(({ queueRef, ids }) => (ids === undefined ? queueNameOf(queueRef) : [])),
    cut: read.flatMap(({ queueRef, ids = [] }) => (ids.length > MAX_OPEN ? queueNameOf(queueRef) : [])),
  }
}

/** From the jobs that run or wait. The cursor counts them. An event of several is listed at the first of them that its timeline names. */
async function listOpen(deps: OperationsDeps, query: EventQuery, { jobs, ...about }: Open): Promise<Page> {
  const places = new Set(jobs.map(placeIn))
  const standsAt = ({ live }: ReadEvent) =>
    live.find(({ queueRef, job: { id = '' } }) => places.has(placeIn({ queueRef, id })))
  const [kinds, budget] = [new Set(kindsOf(query)), pageBudget()]
  const events: ReadEvent[] = []
  let looked = query.cursor?.at ?? 0
  const end = Math.min(jobs.length, looked + MAX_LOOKED)
  while (looked < end && events.length < PAGE_SIZE) {
    const part = jobs.slice(looked, Math.min(end, looked + PAGE_SIZE - events.length))
    looked += part.length
    for (const event of await readJobEvents(deps, part, budget)) {
      const isAsked = kinds.has(event.event) && event.at >= query.from && event.at <= query.until
      if (isAsked && hasStatus(event, query.status) && standsAt(event) === event.jobs[0]) events.push(event)
    }
  }
  return { ...about, events, next: looked < jobs.length ? { at: looked, id: '' } : undefined }
}

const placeIn = ({ queueRef, id }: JobInQueue): string => `${queueRef.queue.name} ${id}`

/** The events of these jobs, in their order. Jobs that are gone meanwhile are left out. */
async function readJobEvents(
  deps: OperationsDeps,
  jobs: readonly JobInQueue[],
  budget: ByteBudget,
): Promise<readonly ReadEvent[]> {
  const events: ReadEvent[] = []
  for (const { queueRef, id } of jobs) {
    const job = await readJob(deps.redis, queueRef.queue, id, budget)
    if (job === undefined) continue
    const [state, entries] = await Promise.all([
      queueRef.queue.getJobState(id),
      createTimelines(deps.redis, queueRef.tenant.name, deps.fingerprint).peek(timelineId(eventOfJob(job).key)),
    ])
    events.push(await readEvent(deps, foundByJob({ queueRef, job, state }, entries), budget))
  }
  return events
}
