import { isFailureCode, isPlainRefusal, visitInSlices, type ReasonCode } from '@ponte/contracts'
import type { FailedJob } from '@ponte/report'
import type { RedisClient } from '@ponte/state'
import { LRUCache } from 'lru-cache'
import type { User } from '../../auth/credentials.ts'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { textMask } from '../../masking/masking.ts'
import { pageBudget, readJob } from '../../queues/read-jobs.ts'

/** How many logs of a cause's newest failures are read for the other system's answer, and the least of each of its queues. */
const MOST_LOGS = 30
const LEAST_OF_QUEUE = 3
/** Logs that are read at once over all queues. More would keep other commands waiting. */
const AT_ONCE = 50
/** A run that failed permanently ends its log with the other system's answer; a mark adds the round that follows. */
const LAST_LINES = 5
const MOST_CHARACTERS = 300
/** Answers that are kept over all queues, at most about 15 MB. */
const MOST_KEPT = 20_000

/** What one queue has of a cause, newest first. */
export interface CauseQueue {
  readonly queueRef: QueueRef
  readonly jobs: readonly FailedJob[]
}

/** An answer of another system, masked, and how many of the failures that were read have it. */
export interface VendorAnswer {
  readonly text: string
  readonly times: number
}

interface KeptAnswer {
  readonly failedAt: number
  /** Undefined when the log holds no answer. */
  readonly text: string | undefined
}

export type VendorAnswers = ReturnType<typeof createVendorAnswers>

/** What the other system answered when it refused jobs: the last answer in the log of each. Masked before it is kept. */
export function createVendorAnswers(redis: RedisClient) {
  // `max` would reserve the memory for all of them at once.
  const kept = new LRUCache<string, KeptAnswer>({ maxSize: MOST_KEPT, sizeCalculation: () => 1 })

  /** Returns a function that masks the answer. Reading can be done together, but masking takes time. */
  async function readOne({ queue }: QueueRef, { id, code, failedAt }: FailedJob, user: User | undefined) {
    const name = `${user?.role ?? 'viewer'} ${queue.name}/${id}`
    const before = kept.get(name)
    if (before?.failedAt === failedAt) return () => before.text
    const [lines, job] = await Promise.all([
      redis.lrange(`${queue.toKey(id)}:logs`, -LAST_LINES, -1),
      readJob(redis, queue, id, pageBudget()),
    ])
    const message = lines.map(line => vendorMessageOf(line, code)).findLast(each => each !== undefined)
    return () => {
      const masked = message === undefined || isPlainRefusal(message) ? message : textMask(user, job?.data)(message)
      const text = masked?.slice(0, MOST_CHARACTERS)
      kept.set(name, { failedAt, text })
      return text
    }
  }

  /** Reads the answers to the newest jobs of each queue. */
  return async (queues: readonly CauseQueue[], user: User | undefined): Promise<readonly string[]> => {
    const most = Math.max(LEAST_OF_QUEUE, Math.ceil(MOST_LOGS / queues.length))
    const wanted = queues.flatMap(({ queueRef, jobs }) => jobs.slice(0, most).map(job => ({ queueRef, job })))
    const texts: string[] = []
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const part = wanted.slice(from, from + AT_ONCE)
      const read = await Promise.all(part.map(({ queueRef, job }) => readOne(queueRef, job, user)))
      await visitInSlices(read, masked => texts.push(...[masked() ?? []].flat()))
    }
    return texts
  }
}

/** The message of the line `<time> CODE: message`. */
function vendorMessageOf(line: string, code: ReasonCode): string | undefined {
  const start = isFailureCode(code) ? line.indexOf(` ${code}: `) : -1
  return start === -1 || line.indexOf(' ') !== start ? undefined : line.slice(start + code.length + 3)
}
