import { eventOfJob, type StoredText } from '@ponte/contracts'
import {
  type Connection,
  connectionsOf,
  pauseEnd,
  type QueueRef,
  countStalled,
  readQueueSnapshot,
  runsAt,
  type SnapshotOptions,
  type QueueState,
  pageBudget,
  readJobsOf,
} from '@ponte/operations'
import { type QueueKind, queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import {
  createTimelines,
  type Fingerprint,
  type OpenBreaker,
  readOpenBreakers,
  timelineId,
  type RedisClient,
} from '@ponte/state'
import type { Job, Queue } from 'bullmq'

/** Delayed events that are shown of a queue. */
const MOST_DELAYED = 5

export interface WaitingDeps {
  readonly queues: Queues
  readonly redis: RedisClient
  readonly fingerprint: Fingerprint
}

/** A delayed event with the reason that a worker gave for the delay. */
export interface DelayedEvent {
  readonly job: Job
  /** Milliseconds since 1970. */
  readonly until: number
  /** A sentence of Ponte's. */
  readonly reason: StoredText
}

export interface WaitingQueue {
  readonly queueRef: QueueRef
  /** Undefined when Redis did not answer. */
  readonly state: QueueState | undefined
}

export interface WaitingTenant {
  readonly tenant: Tenant
  readonly connections: readonly Connection[]
  readonly breakers: readonly OpenBreaker[]
  readonly queues: readonly WaitingQueue[]
}

/** What the queues of a tenant wait for. Never rejects: what Redis does not answer is missing. */
export async function readWaitingTenant(
  deps: WaitingDeps,
  tenant: Tenant,
  limits: { readonly now: number; readonly limitMs: number },
): Promise<WaitingTenant> {
  const { queues, redis } = deps
  const own = queues.of(tenant.name)
  // A worker process serves all queues of a tenant. BullMQ sees it by its connection for each queue, but it has none for the quarantine.
  const servedWith = (kind: QueueKind): Queue => own[kind === 'quarantine' ? 'rd-station' : kind]
  const breakers = await readOpenBreakers(redis, tenant.name).catch(() => [])
  const read = async (queueRef: QueueRef): Promise<WaitingQueue> => {
    const { kind } = queueRef
    const options = { ...limits, dueMs: pauseEnd(breakers, kind, limits.now), served: servedWith(kind) }
    return { queueRef, state: await readQueueState(redis, queueRef, options).catch(() => undefined) }
  }
  return {
    tenant,
    connections: connectionsOf(tenant.name, breakers, limits.now),
    breakers,
    queues: await Promise.all(queueKinds.map(kind => read({ tenant, kind, queue: own[kind] }))),
  }
}

async function readQueueState(
  redis: RedisClient,
  queueRef: QueueRef,
  { served, ...limits }: Required<SnapshotOptions> & { readonly served: Queue },
): Promise<QueueState> {
  const [snapshot, stalled, workers] = await Promise.all([
    readQueueSnapshot(redis, queueRef, limits),
    countStalled(redis, queueRef.queue),
    served.getWorkers().catch(() => undefined),
  ])
  // Where CLIENT LIST is forbidden, BullMQ returns one entry without an address.
  const known = workers?.every(worker => worker['addr'] !== undefined) === true
  return { snapshot, stalled, workers: known ? workers.length : undefined }
}

/** The next few delayed events, with the reason. An open breaker and the rounds of a mark are shown elsewhere. Never rejects. */
export const readDelayed = (deps: WaitingDeps, queueRef: QueueRef): Promise<readonly DelayedEvent[]> =>
  findDelayed(deps, queueRef).catch(() => [])

async function findDelayed(
  { redis, fingerprint }: WaitingDeps,
  { tenant, queue }: QueueRef,
): Promise<readonly DelayedEvent[]> {
  const timelines = createTimelines(redis, tenant.name, fingerprint)
  const part = { states: ['delayed'], start: 0, end: MOST_DELAYED - 1, oldest: true } as const
  const jobs = await readJobsOf(redis, queue, part, pageBudget())
  const found = await Promise.all(
    jobs.map(async job => {
      if (job.id === undefined) return undefined
      const [until, entries] = await Promise.all([
        runsAt(redis, queue, job.id),
        timelines.read(timelineId(eventOfJob(job).key)),
      ])
      const last = entries.findLast(entry => entry.kind === 'run' && entry.jobId === job.id)
      const reason = last?.kind === 'run' && last.outcome === 'delayed' ? last.summary : undefined
      return until === undefined || reason === undefined ? undefined : { job, until, reason }
    }),
  )
  return found.filter(each => each !== undefined)
}
