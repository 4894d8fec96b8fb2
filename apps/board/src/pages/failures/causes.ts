import type { ReasonCode } from '@ponte/contracts'
import { type FailedJob, failureDetails, textMask, type VendorAnswer } from '@ponte/operations'
import type { User } from '../../auth/credentials.ts'
import { allQueues, type BoardDeps, depsFor } from '../../board-deps.ts'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { readPendingRounds } from '../../queues/pending-round.ts'
import { type FailureFilters, isAmong } from './filters.ts'

/** What one queue has of a cause, newest first. */
export interface CauseQueue {
  readonly queueRef: QueueRef
  readonly jobs: readonly FailedJob[]
}

/** Failures that share a code. Times in milliseconds since 1970. */
export interface Cause {
  readonly code: ReasonCode
  /** The queue with the most of them first. */
  readonly queues: readonly CauseQueue[]
  readonly count: number
  readonly last: number
  /** The masked texts after the failures' sentence, each once. */
  readonly details: readonly string[]
  /** What the other system said, the most frequent first. */
  readonly answers: readonly VendorAnswer[]
  /** How many of them Ponte retries by itself, in rounds: docs/behaviour.md#rounds */
  readonly pending: number
}

export interface Causes {
  /** The most frequent first. */
  readonly causes: readonly Cause[]
  /** Queues for which Redis did not answer. */
  readonly unreadable: readonly QueueRef[]
  /** Queues with more failures than are counted. */
  readonly capped: readonly QueueRef[]
}

/** What has failed in the queues that this user may see, by cause. */
export async function readCauses(
  deps: BoardDeps,
  user: User | undefined,
  filters: FailureFilters,
  now: number,
): Promise<Causes> {
  const read = await Promise.all(
    allQueues(depsFor(deps, user)).map(async queueRef => {
      const found = await deps.failedJobs.read(queueRef).catch(() => undefined)
      return { queueRef, found, jobs: found?.jobs.filter(job => isAmong(queueRef, job, filters, now)) ?? [] }
    }),
  )
  const parts = read.flatMap(({ queueRef, jobs }) =>
    [...Map.groupBy(jobs, ({ code }) => code)].map(([code, own]) => ({ code, queueRef, jobs: own })),
  )
  const causes = await Promise.all(
    [...Map.groupBy(parts, ({ code }) => code)].map(([code, queues]) => toCause(deps, code, queues, user)),
  )
  return {
    causes: causes.toSorted((one, other) => other.count - one.count),
    unreadable: read.flatMap(({ queueRef, found }) => (found === undefined ? queueRef : [])),
    capped: read.flatMap(({ queueRef, found }) => (found?.whole === false ? queueRef : [])),
  }
}

async function toCause(
  { redis, vendorAnswers }: BoardDeps,
  code: ReasonCode,
  queues: readonly CauseQueue[],
  user: User | undefined,
): Promise<Cause> {
  const jobs = queues.flatMap(each => each.jobs)
  const [answers, pending] = await Promise.all([
    vendorAnswers.ofCause(
      queues.map(each => ({ queue: each.queueRef.queue, jobs: each.jobs })),
      user,
    ),
    Promise.all(queues.map(async each => (await readPendingRounds(redis, each.queueRef.tenant, each.jobs)).size)),
  ])
  return {
    code,
    queues: queues.toSorted((one, other) => other.jobs.length - one.jobs.length),
    count: jobs.length,
    last: jobs.reduce((latest, { failedAt }) => Math.max(latest, failedAt), 0),
    details: failureDetails(
      jobs.map(({ reason }) => reason),
      code,
      textMask(user),
    ),
    answers,
    pending: pending.reduce((sum, each) => sum + each, 0),
  }
}
