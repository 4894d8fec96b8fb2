import { eventOfJob, type Language, type ReasonCode } from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'
import type { FailedEventsDocument } from '../documents.ts'
import type { Job } from 'bullmq'
import { allQueues, type OperationsDeps } from '../operations-deps.ts'
import { type FailureReason, readReasons } from './failure-words.ts'
import { type FailureChoice, type PendingRound, readPendingRounds, sumCounts } from './failed-jobs.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import { pageBudget, readJobs } from '../queues/read-jobs.ts'
import type { User } from '../users/user.ts'

const PAGE_SIZE = 50

/** Which failed events of a cause are asked for. */
export interface FailedEventsAsked extends FailureChoice {
  readonly code: ReasonCode
  /** Default: all queues. */
  readonly queue?: QueueKind | undefined
  /** From 1. */
  readonly page: number
}

/** An event that has failed, as its job is kept. */
export interface FailedEvent {
  readonly queueRef: QueueRef
  readonly job: Job
  /** Milliseconds since 1970. */
  readonly failedAt: number
  /** Only for a mark. */
  readonly opportunityId?: string | undefined
  /** Masked for the reader; undefined without one. */
  readonly reason: FailureReason | undefined
  /** The round in which Ponte retries it by itself; undefined without a reader. */
  readonly pending: PendingRound | undefined
}

/** A page of the failed events of a cause, the newest first. */
export interface FailedEventsReading {
  readonly code: ReasonCode
  readonly total: number
  readonly page: number
  readonly pages: number
  readonly shown: readonly FailedEvent[]
}

/** Jobs that are gone are left out. `reader`: for whom it is also read why each failed. */
export async function readFailedEvents(
  deps: OperationsDeps,
  { queue, page, ...choice }: FailedEventsAsked,
  reader?: { readonly user: User | undefined; readonly language: Language },
): Promise<FailedEventsReading> {
  const { failedJobs, redis } = deps
  const asked = allQueues(deps).filter(({ kind }) => queue === undefined || kind === queue)
  const counted = await Promise.all(
    asked.map(async queueRef => ({ queueRef, counts: await failedJobs.count(queueRef, choice) })),
  )
  const found = counted.filter(({ counts }) => counts.length > 0)
  const total = sumCounts(found.flatMap(({ counts }) => counts))
  const [skip, most] = [(page - 1) * PAGE_SIZE, PAGE_SIZE]
  // Of one queue its own page; of several nobody knows before which of them has it.
  const part = found.length === 1 ? { skip, most } : { most: skip + most }
  const newest = await Promise.all(
    found.map(async ({ queueRef, counts }) =>
      (await failedJobs.newest(queueRef, counts, { ...choice, ...part })).map(member => ({ queueRef, member })),
    ),
  )
  const sorted = newest.flat().toSorted((one, other) => other.member.failedAt - one.member.failedAt)
  const members = found.length === 1 ? sorted : sorted.slice(skip, skip + most)
  const budget = pageBudget()
  const events = new Map<string, FailedEvent>()
  for (const [queueRef, own] of Map.groupBy(members, each => each.queueRef)) {
    const known = await failedJobs.read(
      queueRef,
      own.map(({ member }) => member),
    )
    const jobs = await readJobs(
      redis,
      queueRef.queue,
      known.map(({ id }) => id),
      budget,
    )
    const reasons = reader && (await readReasons(deps, queueRef, jobs, reader))
    const pending = reader && (await readPendingRounds(redis, queueRef.tenant, known))
    for (const job of jobs) {
      const id = job.id ?? ''
      const { failedAt = 0, opportunityId } = known.find(each => each.id === id) ?? {}
      events.set(`${queueRef.queue.name}/${id}`, {
        ...{ queueRef, job, failedAt, opportunityId, reason: reasons?.get(id), pending: pending?.get(id) },
      })
    }
  }
  const shown = members.flatMap(({ queueRef, member }) => events.get(`${queueRef.queue.name}/${member.id}`) ?? [])
  return { code: choice.code, total, page, pages: Math.max(1, Math.ceil(total / PAGE_SIZE)), shown }
}
export const toFailedEventsDocument = ({
  code,
  total,
  page,
  pages,
  shown,
}: FailedEventsReading): FailedEventsDocument => ({
  ...{ code, total, page, pages },
  events: shown.map(({ queueRef: { tenant, kind: queue }, job, failedAt, opportunityId }) => ({
    ...{ tenant: tenant.name, queue, key: eventOfJob(job).key, event: job.name, job: job.id ?? '' },
    failedAt,
    ...(opportunityId !== undefined && { opportunityId }),
  })),
})
