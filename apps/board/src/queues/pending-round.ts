import { Failure } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { createMarkLedger } from '@ponte/state'
import type { Redis } from 'ioredis'

/** A round of a mark has failed, and Ponte retries by itself: docs/behaviour.md#rounds */
export interface PendingRound {
  /** The one that has failed. */
  readonly round: number
  readonly rounds: number
  /** Milliseconds since 1970. */
  readonly nextAt: number
}

/** The round that follows the failure of this job, if one does: the ledger of the opportunity knows. */
export async function readPendingRound(
  redis: Redis,
  tenant: Tenant,
  { id, opportunityId }: { readonly id?: string | undefined; readonly opportunityId?: string | undefined },
): Promise<PendingRound | undefined> {
  if (id === undefined || opportunityId === undefined) return undefined
  const failing = await readFailing(redis, tenant, opportunityId)
  if (failing?.nextAt === undefined || !failing.failedJobs.includes(id)) return undefined
  return { round: failing.round, rounds: tenant.settings.statusRd.rounds, nextAt: failing.nextAt }
}

/** Without a readable ledger no round is known; the event's page shows the rest. */
async function readFailing(redis: Redis, tenant: Tenant, opportunityId: string) {
  try {
    return (await createMarkLedger(redis, tenant.name).read(opportunityId)).failing
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}
