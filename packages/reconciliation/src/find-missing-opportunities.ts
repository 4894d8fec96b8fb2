import type { TotvsCrmClient } from '@ponte/clients'
import { type DeliveredEvent, type OpportunityOutcome } from '@ponte/contracts'
import { markFingerprint, outcomeOfStatus } from '@ponte/mappers'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import {
  createLookedAt,
  createMarkLedger,
  createStatusLedger,
  type Fingerprint,
  type MarkRecord,
  type Timelines,
  type RedisClient,
} from '@ponte/state'
import { jobsOf } from './looked-at-jobs.ts'
import type { ChangedOpportunity } from './read-changed-opportunities.ts'

/** Where opportunities are in the documented version of TOTVS CRM (docs/vendors/totvs-crm.md#address-of-an-opportunity). */
const DOCUMENTED_PATH = '/api/v11/opportunity/opportunities'
/** Records that are read at once. */
const AT_ONCE = 100

export interface MissingDeps {
  readonly tenant: Tenant
  readonly redis: RedisClient
  readonly queues: TenantQueues
  readonly fingerprint: Fingerprint
  readonly timelines: Pick<Timelines, 'find' | 'read'>
}

export type OpportunityEvent = Extract<DeliveredEvent, { readonly opportunityId: string }>

/**
 * The opportunities whose present state Ponte has neither told nor looked at, as events. The key names opportunity and state, so that a
 * second reconcile adds nothing.
 */
export async function findMissingOpportunities(
  changed: readonly ChangedOpportunity[],
  crm: Pick<TotvsCrmClient, 'getLead'>,
  deps: MissingDeps,
): Promise<readonly OpportunityEvent[]> {
  const { tenant, redis } = deps
  const lookedAt = createLookedAt(redis, tenant.name)
  const marks = createMarkLedger(redis, tenant.name)
  const contextUrl = (await lookedAt.path()) ?? DOCUMENTED_PATH
  const missing: OpportunityEvent[] = []
  for (let start = 0; start < changed.length; start += AT_ONCE) {
    const some = changed.slice(start, start + AT_ONCE)
    const ids = some.map(({ opportunity }) => opportunity.id)
    const [records, times] = await Promise.all([marks.peek(ids), lookedAt.timesOf(ids)])
    for (const [index, each] of some.entries()) {
      const { opportunity, updatedAt } = each
      const time = times[index]
      if (isMarked(records[index], outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap))) continue
      if (time !== undefined && hasSeen(time, each, records[index])) continue
      const key = `recon-${opportunity.id}-${updatedAt}`
      // An earlier reconcile has sent it. What its run has read may show another time of the last change, or none.
      if ((await deps.queues['rd-station'].getDeduplicationJobId(key)) !== null) continue
      if (await isWatched(each, time, { ...deps, crm })) continue
      missing.push({ name: 'opportunity.updated', key, opportunityId: opportunity.id, contextUrl })
    }
  }
  return missing
}

/**
 * Ponte has looked at this state. A CRM that writes whole seconds may have changed a marked opportunity once more in the same second: looking
 * again costs little.
 */
function hasSeen(lookedAt: number, { updatedAt }: ChangedOpportunity, record: MarkRecord | undefined): boolean {
  const isCoarse = updatedAt % 1000 === 0 && record !== undefined && record.marked !== 'none'
  return isCoarse ? lookedAt > updatedAt : lookedAt >= updatedAt
}

/** RD Station knows this state, or need not know it. */
function isMarked(record: MarkRecord | undefined, outcome: OpportunityOutcome | undefined): boolean {
  if (outcome === 'ignored') return true
  return record !== undefined && record.marked === outcome && record.pending !== true
}

/** An event of it waits, or has failed for a reason that is still there. */
async function isWatched(
  { opportunity }: ChangedOpportunity,
  lookedAt: number | undefined,
  deps: MissingDeps & { readonly crm: Pick<TotvsCrmClient, 'getLead'> },
): Promise<boolean> {
  const { crm, fingerprint, redis, tenant } = deps
  const jobs = await jobsOf(opportunity.id, deps)
  if (jobs.some(({ state }) => state === 'waits')) return true
  // One that failed before it had read anything says more than another try would.
  if (lookedAt === undefined && jobs.some(({ state }) => state === 'failed')) return true
  const [status] = await createStatusLedger(redis, tenant.name).peek([opportunity.id])
  if (status?.failing === undefined) return false
  // Ponte's own `statusRD` changes an opportunity too. What its mark depends on decides.
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  return markFingerprint({ opportunity, lead }, fingerprint.exact).fingerprint === status.failing.fingerprint
}
