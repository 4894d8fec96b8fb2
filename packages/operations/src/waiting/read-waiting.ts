import { eventOfJob, type Language, type StoredText } from '@ponte/contracts'
import { type QueueKind, queueKinds, type Tenant } from '@ponte/runtime'
import { createTenantMode, createTimelines, type OpenBreaker, timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import { type Connection, isImpaired, readConnections } from '../bridge/connections.ts'
import { commandNeeded, type NeededCommand } from '../bridge/mode-words.ts'
import { countWorkers, pauseEnd } from '../queues/read-queue.ts'
import { type EventRef, eventRefOf } from '../events/read-event.ts'
import { sumCounts } from '../failures/failed-jobs.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { maskedContact } from '../queues/masked-contact.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { countStalled, type QueueSnapshot, readQueueSnapshot, runsAt } from '../queues/queue-snapshot.ts'
import { type QueueStatus, readQueueStatus } from '../bridge/queue-status.ts'
import { pageBudget, readJobsOf } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'

const MAX_DELAYED = 5

export type WaitingDeps = Pick<OperationsDeps, 'queues' | 'redis' | 'fingerprint' | 'failedJobs'>

export interface WaitingEvent extends EventRef {
  readonly name: string
  /** What it is about, masked for the reader. */
  readonly about: string
}

export interface WaitingInQueue extends Omit<QueueSnapshot, 'longest'> {
  readonly status: QueueStatus
  /** Failed events. Failed marks of one opportunity count as one. */
  readonly failed: number
  /** The events that have waited longest beyond the limit, longest first. */
  readonly longest: readonly (WaitingEvent & { readonly waitedMs: number })[]
  /** The next few delayed events with the reason that a worker gave. `until`: milliseconds since 1970. Only of a tenant that is read alone. */
  readonly next: readonly (WaitingEvent & { readonly until: number; readonly reason: StoredText })[]
}

export interface WaitingQueue {
  readonly kind: QueueKind
  /** Undefined when Redis did not answer. */
  readonly held: WaitingInQueue | undefined
  /** Whether something keeps it from its work. Failures alone do not. Without any worker at all, only queues with something to do count. */
  readonly isHeldUp: boolean
}

export interface WaitingTenant {
  readonly tenant: Tenant
  /** None when Redis did not answer. */
  readonly connections: readonly Connection[]
  /** Connected worker processes; undefined when Redis does not say. */
  readonly workers: number | undefined
  readonly queues: readonly WaitingQueue[]
  /** A queue is held up, or something is wrong with a connection. */
  readonly isHeldUp: boolean
}

export interface Waiting {
  readonly tenants: readonly WaitingTenant[]
  readonly isWithoutWorkers: boolean
}

/** For whom it is read, and of when. */
interface WaitingReader {
  readonly user: User | undefined
  readonly language: Language
  /** Milliseconds since 1970. */
  readonly now: number
  /** An event that waits for longer is listed, in milliseconds. */
  readonly limitMs: number
}

/** What waits at these tenants, and for what. Never rejects: what Redis does not answer is missing. */
export async function readWaiting(
  deps: WaitingDeps,
  tenants: readonly Tenant[],
  reader: WaitingReader,
): Promise<Waiting> {
  const workers = await countWorkers(
    deps.redis,
    tenants.map(({ name }) => name),
  )
  const isWithoutWorkers = tenants.length > 0 && tenants.every(({ name }) => workers?.get(name) === 0)
  const asked = { ...reader, isWithoutWorkers, withNext: tenants.length === 1 }
  return {
    tenants: await Promise.all(
      tenants.map(tenant => readTenant(deps, tenant, { ...asked, workers: workers?.get(tenant.name) })),
    ),
    isWithoutWorkers,
  }
}

/** What is read of a tenant beside its queues. */
interface TenantReading extends WaitingReader {
  readonly workers: number | undefined
  readonly isWithoutWorkers: boolean
  readonly withNext: boolean
}

interface QueueReading extends TenantReading {
  readonly connections: readonly Connection[]
  readonly breakers: readonly OpenBreaker[]
  readonly command: NeededCommand | undefined
}

async function readTenant(deps: WaitingDeps, tenant: Tenant, asked: TenantReading): Promise<WaitingTenant> {
  const { name, settings } = tenant
  const mode = createTenantMode(deps.redis, name).read()
  const [{ connections, breakers }, command] = await Promise.all([
    readConnections(deps.redis, name, asked.now).catch(() => ({ connections: [], breakers: [] })),
    mode.then(record => commandNeeded({ ...record, modeOfFile: settings.mode })).catch(() => undefined),
  ])
  const own = deps.queues.of(name)
  const reading = { ...asked, connections, breakers, command }
  const read = async (kind: QueueKind): Promise<WaitingQueue> => {
    const held = await readHeld(deps, { tenant, kind, queue: own[kind] }, reading).catch(() => undefined)
    return { kind, held, isHeldUp: held === undefined || isHeldUp(held, asked.isWithoutWorkers) }
  }
  const queues = await Promise.all(queueKinds.map(read))
  const isTenantHeldUp = queues.some(queue => queue.isHeldUp) || connections.some(isImpaired)
  return { tenant, connections, workers: asked.workers, queues, isHeldUp: isTenantHeldUp }
}

function isHeldUp({ status: { condition }, startable }: WaitingInQueue, isWithoutWorkers: boolean): boolean {
  if (condition === 'noWorkers' && isWithoutWorkers) return startable > 0
  return condition !== 'fine' && condition !== 'failures'
}

async function readHeld(
  deps: WaitingDeps,
  queueRef: QueueRef,
  { breakers, connections, command, ...asked }: QueueReading,
): Promise<WaitingInQueue> {
  const { now, limitMs, user, language, workers } = asked
  const { kind, queue } = queueRef
  const toEvent = (job: Job): WaitingEvent => ({
    ...eventRefOf(queueRef, job),
    name: job.name,
    about: maskedContact(job, language, user),
  })
  const [snapshot, stalled, counts, next] = await Promise.all([
    readQueueSnapshot(deps.redis, queueRef, { now, limitMs, dueMs: pauseEnd(breakers, kind, now) }),
    countStalled(deps.redis, queue),
    deps.failedJobs.count({ kind, queue }),
    asked.withNext ? readNext(deps, queueRef).catch(() => []) : [],
  ])
  const failed = sumCounts(counts)
  return {
    ...snapshot,
    failed,
    status: readQueueStatus(kind, { snapshot, stalled, workers, failed }, { connections, command, limitMs }),
    longest: snapshot.longest.map(({ job, waitedMs }) => ({ ...toEvent(job), waitedMs })),
    next: next.map(({ job, ...each }) => ({ ...toEvent(job), ...each })),
  }
}

/** An open breaker and the rounds of a mark are shown elsewhere. */
async function readNext({ redis, fingerprint }: WaitingDeps, { tenant, queue }: QueueRef) {
  const timelines = createTimelines(redis, tenant.name, fingerprint)
  const part = { states: ['delayed'], start: 0, end: MAX_DELAYED - 1, oldest: true } as const
  const jobs = await readJobsOf(redis, queue, part, pageBudget())
  const found = await Promise.all(
    jobs.map(async job => {
      const [until, entries] = await Promise.all([
        runsAt(redis, queue, job.id ?? ''),
        timelines.read(timelineId(eventOfJob(job).key)),
      ])
      const last = entries.findLast(entry => entry.kind === 'run' && entry.jobId === job.id)
      const reason = last?.kind === 'run' && last.outcome === 'delayed' ? last.summary : undefined
      return until === undefined || reason === undefined ? undefined : { job, until, reason }
    }),
  )
  return found.filter(each => each !== undefined)
}
