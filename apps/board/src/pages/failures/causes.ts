import { changeStoredText, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import type { User } from '../../auth/credentials.ts'
import { allQueues, type BoardDeps, depsFor } from '../../board-deps.ts'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { textMask } from '../../masking/masking.ts'
import { readPendingRounds } from '../../queues/pending-round.ts'
import type { Filters } from '../../ui/filters.ts'
import { isAmong } from './filters.ts'
import type { CauseQueue, VendorAnswer } from './vendor-answers.ts'

/** Different texts of one code: names of settings, answers of the other system. */
const MOST_DETAILS = 3

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
  filters: Filters,
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
    vendorAnswers(queues, user),
    Promise.all(queues.map(async each => (await readPendingRounds(redis, each.queueRef.tenant, each.jobs)).size)),
  ])
  const reasons = new Set(jobs.map(({ reason }) => reason))
  return {
    code,
    queues: queues.toSorted((one, other) => other.jobs.length - one.jobs.length),
    count: jobs.length,
    last: jobs.reduce((latest, { failedAt }) => Math.max(latest, failedAt), 0),
    details: [...new Set([...reasons].flatMap(reason => detailOf(reason, code, user)))].slice(0, MOST_DETAILS),
    answers: byFrequency(answers),
    pending: pending.reduce((sum, each) => sum + each, 0),
  }
}

const byFrequency = (texts: readonly string[]): readonly VendorAnswer[] =>
  [...Map.groupBy(texts, text => text)]
    .map(([text, { length: times }]) => ({ text, times }))
    .toSorted((one, other) => other.times - one.times)
    .slice(0, MOST_DETAILS)

/** The text after the sentence: the brackets of `CODE: Sentence. (setting=value)`, the issue of `CODE: Sentence. issue`. */
function detailOf(reason: string, code: ReasonCode, user: User | undefined): readonly string[] {
  const text = code === WITHOUT_CODE ? reason : (/\.\s+(?<rest>\S.*)$/s.exec(reason)?.groups?.['rest'] ?? '')
  const detail = changeStoredText(text.replace(/^\((?<inside>.*)\)$/s, '$<inside>'), textMask(user))
  // The status of an HTTP answer is in the log of each event, and tells an operator nothing that the answer does not.
  return detail === '' || /^status=\d+$/.test(detail) ? [] : [detail]
}
