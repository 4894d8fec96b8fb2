import type { ReasonCode } from '@ponte/contracts'
import {
  type FailedJob,
  failureDetails,
  SHOWN_OF_CAUSE,
  sumCounts,
  textMask,
  type VendorAnswer,
  type User,
  allQueues,
  type QueueRef,
  readPendingRounds,
} from '@ponte/operations'
import type { FailedCount } from '@ponte/state'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { choiceOf, type FailureFilters } from './filters.ts'

/** What one queue has of a cause. */
export interface CauseQueue {
  readonly queueRef: QueueRef
  readonly count: number
  /** The names of its events. */
  readonly events: readonly string[]
  /** When the newest of them failed, in milliseconds since 1970. */
  readonly last: number
  /** The newest of them first. */
  readonly newest: readonly FailedJob[]
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
  /** How many of the newest Ponte retries by itself, in rounds: docs/behaviour.md#rounds */
  readonly pending: number
}

export interface Causes {
  /** The most frequent first. */
  readonly causes: readonly Cause[]
  /** Queues for which Redis did not answer. */
  readonly unreadable: readonly QueueRef[]
}

/** What has failed in the queues that this user may see, by cause. */
export async function readCauses(
  deps: BoardDeps,
  user: User | undefined,
  filters: FailureFilters,
  now: number,
): Promise<Causes> {
  const asked = allQueues(depsFor(deps, user)).filter(({ tenant }) => (filters.tenant ?? tenant.name) === tenant.name)
  const read = await Promise.all(
    asked.map(async queueRef => ({
      queueRef,
      parts: await readQueue(deps, queueRef, filters, now).catch(() => undefined),
    })),
  )
  const parts = read.flatMap(each => each.parts ?? [])
  const causes = await Promise.all(
    [...Map.groupBy(parts, ({ code }) => code)].map(([code, queues]) => toCause(deps, code, queues, user)),
  )
  return {
    causes: causes.toSorted((one, other) => other.count - one.count),
    unreadable: read.flatMap(each => (each.parts === undefined ? each.queueRef : [])),
  }
}

type Part = CauseQueue & { readonly code: ReasonCode }

async function readQueue(
  { failedJobs }: BoardDeps,
  queueRef: QueueRef,
  filters: FailureFilters,
  now: number,
): Promise<readonly Part[]> {
  const choice = choiceOf(filters, now)
  const counts = await failedJobs.count(queueRef, choice)
  const byCode: [ReasonCode, readonly FailedCount[]][] = [...Map.groupBy(counts, ({ code }) => code)]
  return await Promise.all(
    byCode.map(async ([code, own]) => ({
      ...{ code, queueRef, count: sumCounts(own), events: own.map(each => each.event) },
      last: own.reduce((latest, { last }) => Math.max(latest, last), 0),
      newest: await failedJobs.read(
        queueRef,
        await failedJobs.newest(queueRef, own, { ...choice, code, most: SHOWN_OF_CAUSE }),
      ),
    })),
  )
}

async function toCause(
  { redis, vendorAnswers }: BoardDeps,
  code: ReasonCode,
  queues: readonly CauseQueue[],
  user: User | undefined,
): Promise<Cause> {
  const [answers, pending] = await Promise.all([
    vendorAnswers.ofCause(
      queues.map(each => ({ queue: each.queueRef.queue, jobs: each.newest })),
      user,
    ),
    Promise.all(queues.map(async each => (await readPendingRounds(redis, each.queueRef.tenant, each.newest)).size)),
  ])
  return {
    code,
    queues: queues.toSorted((one, other) => other.count - one.count),
    count: sumCounts(queues),
    last: queues.reduce((latest, { last }) => Math.max(latest, last), 0),
    details: failureDetails(
      queues.flatMap(({ newest }) => newest.map(({ reason }) => reason)),
      code,
      textMask(user),
    ),
    answers,
    pending: pending.reduce((sum, each) => sum + each, 0),
  }
}
