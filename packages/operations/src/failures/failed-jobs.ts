import type { QueueKind, Tenant } from '@ponte/runtime'
import {
  chosenCounts,
  createFailedSets,
  createStatusLedger,
  type FailedChoice,
  type FailedCount,
  type FailedMember,
  type RedisClient,
} from '@ponte/state'
import type { Queue } from 'bullmq'

/** Failed jobs, and records of marks, that are read at once. More would keep other commands waiting. */
const AT_ONCE = 500
/** The longest reason. Reasons are Ponte's own sentences, but BullMQ stores whatever a process threw. */
const MAX_CHARACTERS = 500

/** A queue whose failed jobs are read. */
export interface FailedQueue {
  readonly kind: QueueKind
  readonly queue: Pick<Queue, 'name' | 'toKey'>
}

/** What is known of a failed job. `event`: the name of the job. `failedAt`: milliseconds since 1970. */
export interface FailedJob extends FailedMember {
  readonly reason: string
  /** Only for a mark. */
  readonly opportunityId?: string | undefined
}

/** Which failed events, up to now: those of a code, those of an event, those since a time in milliseconds since 1970. Default: all. */
export type FailureChoice = Omit<FailedChoice, 'until'>

export type FailedJobReader = ReturnType<typeof createFailedJobs>

/**
 * What has failed in a queue, at this moment: each event counts once, of the marks of an opportunity the newest failure. All numbers and
 * lists of failures that a person or a program is given come from here. Rejects when Redis does not answer.
 */
export function createFailedJobs(redis: RedisClient) {
  const setsOf = ({ kind, queue }: FailedQueue) =>
    createFailedSets(redis, queue.name.slice(0, -kind.length - 1), { kind, toKey: part => queue.toKey(part) })

  return {
    /** How many there are by cause and event. Exact at any size. */
    async count(of: FailedQueue, { since, ...choice }: FailureChoice = {}): Promise<readonly FailedCount[]> {
      return chosenCounts(await setsOf(of).count(since), choice)
    },

    /** Compares what is counted with all failed jobs, one by one. */
    compare: (of: FailedQueue): Promise<void> => setsOf(of).compare(),

    /** The newest first. `counts`: what was counted of this queue. */
    newest(
      of: FailedQueue,
      counts: readonly FailedCount[],
      { skip = 0, most, ...choice }: FailedChoice & { readonly skip?: number; readonly most: number },
    ): Promise<readonly FailedMember[]> {
      return setsOf(of).newest(counts, choice, { skip, most })
    },

    /** The ids of all failed marks of these opportunities. */
    ofOpportunities: (of: FailedQueue, opportunityIds: readonly string[]): Promise<readonly string[]> =>
      setsOf(of).ofOpportunities(opportunityIds),

    /** What is known of these. A job that is removed meanwhile is left out. */
    async read(of: FailedQueue, members: readonly FailedMember[]): Promise<readonly FailedJob[]> {
      const jobs: FailedJob[] = []
      for (let from = 0; from < members.length; from += AT_ONCE) {
        const part = members.slice(from, from + AT_ONCE)
        const [opportunities, ...reasons] = await Promise.all([
          setsOf(of).opportunitiesOf(part.map(({ id }) => id)),
          ...part.map(({ id }) => redis.hget(of.queue.toKey(id), 'failedReason')),
        ])
        for (const [index, member] of part.entries()) {
          const reason = reasons[index]
          const opportunityId = opportunities[index]
          if (typeof reason !== 'string') continue
          const shown = reason.slice(0, MAX_CHARACTERS)
          jobs.push({ ...member, reason: shown, ...(opportunityId !== undefined && { opportunityId }) })
        }
      }
      return jobs
    },

    /** The ids of all of them, the oldest first, in which order they are to be retried. */
    ids: (of: FailedQueue, counts: readonly FailedCount[], choice: FailedChoice): Promise<readonly string[]> =>
      setsOf(of).ids(counts, choice),
  }
}

/** Counts each queue only once. For one page: that is faster, and all its numbers are of the same moment. */
export function readOnce(failedJobs: FailedJobReader): FailedJobReader {
  const counted = new Map<string, Promise<readonly FailedCount[]>>()
  return {
    ...failedJobs,
    async count(of, { since = 0, ...choice } = {}) {
      const name = `${of.queue.name} ${since}`
      const counting = counted.get(name) ?? failedJobs.count(of, { since })
      counted.set(name, counting)
      return chosenCounts(await counting, choice)
    },
  }
}

/** How many events these are. */
export const sumCounts = (counts: readonly Pick<FailedCount, 'count'>[]): number =>
  counts.reduce((sum, { count }) => sum + count, 0)

/** A round of a mark has failed, and Ponte retries by itself: docs/behaviour/status-rd.md#rounds */
export interface PendingRound {
  /** The round that has failed. */
  readonly round: number
  readonly rounds: number
  /** Milliseconds since 1970. */
  readonly nextAt: number
}

interface FailedMark {
  readonly id?: string | undefined
  readonly opportunityId?: string | undefined
}

/** The round that follows the failure of this job, if there is one. It is read from the record of the opportunity. */
export async function readPendingRound(
  redis: RedisClient,
  tenant: Tenant,
  job: FailedMark,
): Promise<PendingRound | undefined> {
  const [pending] = (await readPendingRounds(redis, tenant, [job])).values()
  return pending
}

/** The next rounds of those jobs that Ponte retries by itself, by job id. Without a readable record no round is known. */
export async function readPendingRounds(
  redis: RedisClient,
  tenant: Tenant,
  jobs: readonly FailedMark[],
): Promise<ReadonlyMap<string, PendingRound>> {
  const ledger = createStatusLedger(redis, tenant.name)
  const { rounds } = tenant.settings.statusRd
  const pending = new Map<string, PendingRound>()
  const marks = jobs.flatMap(({ id, opportunityId }) =>
    id === undefined || opportunityId === undefined ? [] : { id, opportunityId },
  )
  for (let from = 0; from < marks.length; from += AT_ONCE) {
    const part = marks.slice(from, from + AT_ONCE)
    const records = await ledger.peek(part.map(({ opportunityId }) => opportunityId))
    for (const [index, { id }] of part.entries()) {
      const failing = records[index]?.failing
      if (failing?.next !== undefined && failing.failedJobs.includes(id))
        pending.set(id, { round: failing.round, rounds, nextAt: failing.next.at })
    }
  }
  return pending
}
