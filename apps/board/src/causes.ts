import { codeOfReason, type ReasonCode, WITHOUT_CODE } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import type { Queue } from 'bullmq'
import type { Place } from './board-parts.ts'
import { maskText } from './masking.ts'

/** Of one queue: reading more would make the page slow, and the newest tell the cause. */
export const MOST_FAILED = 10_000
const AT_ONCE = 1000
/** Different texts of one code: the settings they name. */
const MOST_DETAILS = 3

export interface FailedJob {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly failedAt: number
  readonly code: ReasonCode
  readonly reason: string
}

/** Failures of one queue that share a code. Times in milliseconds since 1970. */
export interface Cause {
  readonly place: Place
  readonly code: ReasonCode
  readonly count: number
  readonly first: number
  readonly last: number
  /** What the failures say after their sentence, masked; each once. */
  readonly details: readonly string[]
}

/**
 * The failed jobs of a queue, newest first, without their data: BullMQ keeps them in a sorted set by the time of the failure, and
 * the reason as a field of the job. Rejects when Redis does not answer.
 */
export async function readFailedJobs(redis: Redis, queue: Queue): Promise<readonly FailedJob[]> {
  const found = await redis.zrevrange(queue.toKey('failed'), 0, MOST_FAILED - 1, 'WITHSCORES')
  const failed = Array.from({ length: found.length / 2 }, (_, index) => ({
    id: found[index * 2] ?? '',
    failedAt: Number(found[index * 2 + 1]),
  }))
  const jobs: FailedJob[] = []
  for (let from = 0; from < failed.length; from += AT_ONCE) {
    const part = failed.slice(from, from + AT_ONCE)
    const reasons = await Promise.all(part.map(({ id }) => redis.hget(queue.toKey(id), 'failedReason')))
    for (const [index, job] of part.entries()) {
      const reason = reasons[index]
      // A job may go between the two readings.
      if (typeof reason === 'string') jobs.push({ ...job, reason, code: codeOfReason(reason) })
    }
  }
  return jobs
}

/** Failures by code; the greatest first. */
export function groupCauses(place: Place, jobs: readonly FailedJob[]): readonly Cause[] {
  const groups = Map.groupBy(jobs, ({ code }) => code)
  const causes = [...groups].map(([code, group]) => {
    const times = group.map(({ failedAt }) => failedAt)
    return {
      place,
      code,
      count: group.length,
      first: times.reduce((one, other) => Math.min(one, other)),
      last: times.reduce((one, other) => Math.max(one, other)),
      details: [...new Set(group.flatMap(({ reason }) => detailOf(reason, code)))].slice(0, MOST_DETAILS),
    }
  })
  return causes.toSorted((one, other) => other.count - one.count)
}

/** Of `CODE: Sentence. (setting=value)` what stands in brackets, of `CODE: Sentence. issue` the issue. */
function detailOf(reason: string, code: ReasonCode): readonly string[] {
  const text = code === WITHOUT_CODE ? reason : (/\.\s+(?<rest>\S.*)$/s.exec(reason)?.groups?.['rest'] ?? '')
  const detail = maskText(text.replace(/^\((?<inside>.*)\)$/s, '$<inside>')).slice(0, 300)
  return detail === '' ? [] : [detail]
}
