import type { Tenant } from '@ponte/runtime'
import { createStatusLedger, type RedisClient } from '@ponte/state'

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

/** Records that one command to Redis reads. */
const AT_ONCE = 500

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
