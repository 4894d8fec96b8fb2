import {
  changeStoredText,
  codeOfReason,
  opportunityOfMark,
  type ReasonCode,
  WITHOUT_CODE,
  parseJson,
} from '@ponte/contracts'
import type { Redis } from 'ioredis'
import type { QueueRef } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { textMask } from '../../masking/masking.ts'
import { type PendingRound, readPendingRound } from '../../queues/pending-round.ts'
import { pageBudget, readJob } from '../../queues/read-jobs.ts'

/** Of one queue. Reading more would make the page slow, and the newest failures show the cause. */
const MOST_FAILED = 10_000
const AT_ONCE = 1000
/** Different texts of one code: names of settings, answers of the other system. */
const MOST_DETAILS = 3
/** The newest failures of a cause whose logs are read for the other system's answer. */
const MOST_LOGS = 100
/** A run that failed permanently ends its log with the other system's answer; a mark adds the round that follows. */
const LAST_LINES = 5
export const MOST_CHARACTERS = 300

export interface FailedJob {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly failedAt: number
  readonly code: ReasonCode
  readonly reason: string
  /** Of a mark. */
  readonly opportunityId?: string | undefined
}

export interface FailedJobs {
  /** Newest first. Of the marks of an opportunity only the newest failure, which is what is wrong with them now. */
  readonly jobs: readonly FailedJob[]
  /** False when there were more than could be read. */
  readonly whole: boolean
}

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

/**
 * The failed jobs of a queue: BullMQ keeps them in a sorted set by the time of the failure, and the reason as a field of the job.
 * Of marks the data are needed too, which are small: a mark fails once for each event and round of its opportunity. Rejects when Redis
 * does not answer.
 */
export async function readFailedJobs(redis: Redis, { kind, queue }: QueueRef): Promise<FailedJobs> {
  const found = await redis.zrevrange(queue.toKey('failed'), 0, MOST_FAILED - 1, 'WITHSCORES')
  const failed = Array.from({ length: found.length / 2 }, (_, index) => ({
    id: found[index * 2] ?? '',
    failedAt: Number(found[index * 2 + 1]),
  }))
  const fields = kind === 'rd-station' ? ['failedReason', 'name', 'data'] : ['failedReason']
  const jobs: FailedJob[] = []
  const seen = new Set<string>()
  for (let from = 0; from < failed.length; from += AT_ONCE) {
    const part = failed.slice(from, from + AT_ONCE)
    const read = await Promise.all(part.map(({ id }) => redis.hmget(queue.toKey(id), ...fields)))
    for (const [index, job] of part.entries()) {
      const [reason, name, data] = read[index] ?? []
      // A job may go between the two readings.
      if (typeof reason !== 'string') continue
      const opportunityId = opportunityOfMark({ name: name ?? '', data: parseJson(data ?? '') })
      if (opportunityId !== undefined && seen.has(opportunityId)) continue
      if (opportunityId !== undefined) seen.add(opportunityId)
      jobs.push({ ...job, reason, code: codeOfReason(reason), opportunityId })
    }
  }
  return { jobs, whole: failed.length < MOST_FAILED }
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
