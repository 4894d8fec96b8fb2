import { changeStoredText, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import type { FailedJob } from '@ponte/report'
import type { Redis } from 'ioredis'
import type { QueueRef } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { textMask } from '../../masking/masking.ts'
import { type PendingRound, readPendingRound } from '../../queues/pending-round.ts'
import { pageBudget, readJob } from '../../queues/read-jobs.ts'

/** Different texts of one code: names of settings, answers of the other system. */
const MOST_DETAILS = 3
/** The newest failures of a cause whose logs are read for the other system's answer. */
const MOST_LOGS = 100
/** A run that failed permanently ends its log with the other system's answer; a mark adds the round that follows. */
const LAST_LINES = 5
export const MOST_CHARACTERS = 300

/** Failures of one queue that share a code. Times in milliseconds since 1970. */
export interface Cause {
  readonly queueRef: QueueRef
  readonly code: ReasonCode
  readonly count: number
  readonly first: number
  readonly last: number
  /** What stands after the failures' sentence, masked, each text once. */
  readonly details: readonly string[]
  /** How many of them Ponte retries by itself, in rounds: docs/behaviour.md#rounds */
  readonly pending: number
}

/** An answer of another system, masked, and how many of the failures that were read have it. */
export interface VendorMessage {
  readonly text: string
  readonly times: number
}

/** Those of these jobs that Ponte retries by itself, by id. */
export async function readPendingRounds(
  redis: Redis,
  { tenant }: QueueRef,
  jobs: readonly FailedJob[],
): Promise<ReadonlyMap<string, PendingRound>> {
  const found = await Promise.all(jobs.map(async job => [job.id, await readPendingRound(redis, tenant, job)] as const))
  return new Map(found.flatMap(([id, pending]) => (pending === undefined ? [] : [[id, pending]])))
}

/** Failures by code, the most frequent first. */
export function groupCauses(
  queueRef: QueueRef,
  jobs: readonly FailedJob[],
  pending: ReadonlyMap<string, PendingRound>,
  user: User | undefined,
): readonly Cause[] {
  const groups = Map.groupBy(jobs, ({ code }) => code)
  const causes = [...groups].map(([code, group]) => {
    const times = group.map(({ failedAt }) => failedAt)
    return {
      queueRef,
      code,
      count: group.length,
      first: times.reduce((one, other) => Math.min(one, other)),
      last: times.reduce((one, other) => Math.max(one, other)),
      details: [...new Set(group.flatMap(({ reason }) => detailOf(reason, code, user)))].slice(0, MOST_DETAILS),
      pending: group.filter(({ id }) => pending.has(id)).length,
    }
  })
  return causes.toSorted((one, other) => other.count - one.count)
}

/** What the other system answered when it refused these jobs, the most frequent first: the last answer in the log of each. */
export async function readVendorMessages(
  redis: Redis,
  { queue }: QueueRef,
  { jobs, user }: { readonly jobs: readonly FailedJob[]; readonly user: User | undefined },
): Promise<readonly VendorMessage[]> {
  const budget = pageBudget()
  const texts = await Promise.all(
    jobs.slice(0, MOST_LOGS).map(async ({ id, code }) => {
      const key = queue.toKey(id)
      const [lines, job] = await Promise.all([
        redis.lrange(`${key}:logs`, -LAST_LINES, -1),
        readJob(redis, queue, id, budget),
      ])
      const message = lines.map(line => vendorMessageOf(line, code)).findLast(text => text !== undefined)
      return message === undefined ? [] : [textMask(user, job?.data)(message).slice(0, MOST_CHARACTERS)]
    }),
  )
  return [...Map.groupBy(texts.flat(), text => text)]
    .map(([text, { length: times }]) => ({ text, times }))
    .toSorted((one, other) => other.times - one.times)
    .slice(0, MOST_DETAILS)
}

/** The message of the line `<time> CODE: message`. */
function vendorMessageOf(line: string, code: ReasonCode): string | undefined {
  const start = line.indexOf(` ${code}: `)
  return start === -1 || line.indexOf(' ') !== start ? undefined : line.slice(start + code.length + 3)
}

/** What stands after the sentence: the brackets of `CODE: Sentence. (setting=value)`, the issue of `CODE: Sentence. issue`. */
function detailOf(reason: string, code: ReasonCode, user: User | undefined): readonly string[] {
  const text = code === WITHOUT_CODE ? reason : (/\.\s+(?<rest>\S.*)$/s.exec(reason)?.groups?.['rest'] ?? '')
  const detail = changeStoredText(text.replace(/^\((?<inside>.*)\)$/s, '$<inside>'), textMask(user))
  return detail === '' ? [] : [detail]
}
