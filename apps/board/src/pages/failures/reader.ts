import { codeOfReason, type ReasonCode, readJobSummary, WITHOUT_CODE } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import type { QueueRef } from '../../board-deps.ts'
import type { User } from '../../auth/credentials.ts'
import { textMask } from '../../masking/masking.ts'
import { type PendingRound, readPendingRound } from '../../queues/pending-round.ts'
import { pageBudget, readJob } from '../../queues/read-jobs.ts'
import { parseJson } from '../../masking/parse-json.ts'

/** Of one queue: reading more would make the page slow, and the newest tell the cause. */
const MOST_FAILED = 10_000
const AT_ONCE = 1000
/** Different texts of one code: the settings they name, the other system's words. */
const MOST_DETAILS = 3
/** Of one cause, the newest: they tell what the other system says. */
const MOST_LOGS = 100
/** A run that has failed for good ends its log with the other system's words, and a mark with the round that follows. */
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
  /** Newest first; of each opportunity the newest only, which says what is wrong with it now. */
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
  /** What the failures say after their sentence, masked; each once. */
  readonly details: readonly string[]
  /** How many of them Ponte tries again by itself: rounds of the statusRD loop. */
  readonly pending: number
}

/** A text of another system, masked, and how many of the failures that were looked at have it. */
export interface Said {
  readonly text: string
  readonly times: number
}

/**
 * The failed jobs of a queue: BullMQ keeps them in a sorted set by the time of the failure, and the reason as a field of the job.
 * Of marks the data are read too, which are small: one opportunity fails once for each of its events and rounds. Rejects when Redis
 * does not answer.
 */
export async function readFailedJobs(redis: Redis, { kind, queue }: QueueRef): Promise<FailedJobs> {
  const found = await redis.zrevrange(queue.toKey('failed'), 0, MOST_FAILED - 1, 'WITHSCORES')
  const failed = Array.from({ length: found.length / 2 }, (_, index) => ({
    id: found[index * 2] ?? '',
    failedAt: Number(found[index * 2 + 1]),
  }))
  const fields = kind === 'rd-station' ? ['failedReason', 'data'] : ['failedReason']
  const jobs: FailedJob[] = []
  const seen = new Set<string>()
  for (let from = 0; from < failed.length; from += AT_ONCE) {
    const part = failed.slice(from, from + AT_ONCE)
    const read = await Promise.all(part.map(({ id }) => redis.hmget(queue.toKey(id), ...fields)))
    for (const [index, job] of part.entries()) {
      const [reason, data] = read[index] ?? []
      // A job may go between the two readings.
      if (typeof reason !== 'string') continue
      const { opportunityId } = readJobSummary(parseJson(data ?? ''))
      if (opportunityId !== undefined && seen.has(opportunityId)) continue
      if (opportunityId !== undefined) seen.add(opportunityId)
      jobs.push({ ...job, reason, code: codeOfReason(reason), opportunityId })
    }
  }
  return { jobs, whole: failed.length < MOST_FAILED }
}

/** Of these jobs, by id, those that Ponte tries again by itself. */
export async function readPendingRounds(
  redis: Redis,
  { tenant }: QueueRef,
  jobs: readonly FailedJob[],
): Promise<ReadonlyMap<string, PendingRound>> {
  const found = await Promise.all(jobs.map(async job => [job.id, await readPendingRound(redis, tenant, job)] as const))
  return new Map(found.flatMap(([id, pending]) => (pending === undefined ? [] : [[id, pending]])))
}

/** Failures by code; the greatest first. */
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

/** What the other system said when it refused these jobs, the most frequent first: the last words in the log of each. */
export async function readSaid(
  redis: Redis,
  { queue }: QueueRef,
  { jobs, user }: { readonly jobs: readonly FailedJob[]; readonly user: User | undefined },
): Promise<readonly Said[]> {
  const budget = pageBudget()
  const texts = await Promise.all(
    jobs.slice(0, MOST_LOGS).map(async ({ id, code }) => {
      const key = queue.toKey(id)
      const [lines, job] = await Promise.all([
        redis.lrange(`${key}:logs`, -LAST_LINES, -1),
        readJob(redis, queue, id, budget),
      ])
      const said = lines.map(line => wordsOf(line, code)).findLast(text => text !== undefined)
      return said === undefined ? [] : [textMask(user, job?.data)(said).slice(0, MOST_CHARACTERS)]
    }),
  )
  return [...Map.groupBy(texts.flat(), text => text)]
    .map(([text, { length: times }]) => ({ text, times }))
    .toSorted((one, other) => other.times - one.times)
    .slice(0, MOST_DETAILS)
}

/** Of the line `<time> CODE: words`, the words. */
function wordsOf(line: string, code: ReasonCode): string | undefined {
  const start = line.indexOf(` ${code}: `)
  return start === -1 || line.indexOf(' ') !== start ? undefined : line.slice(start + code.length + 3)
}

/** Of `CODE: Sentence. (setting=value)` what stands in brackets, of `CODE: Sentence. issue` the issue. */
function detailOf(reason: string, code: ReasonCode, user: User | undefined): readonly string[] {
  const text = code === WITHOUT_CODE ? reason : (/\.\s+(?<rest>\S.*)$/s.exec(reason)?.groups?.['rest'] ?? '')
  const detail = textMask(user)(text.replace(/^\((?<inside>.*)\)$/s, '$<inside>'))
  return detail === '' ? [] : [detail]
}
