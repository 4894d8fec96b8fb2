import type { TotvsCrmClient } from '@ponte/clients'
import { type DeliveredEvent, isJobName, isRecord, jobs, PermanentFailure } from '@ponte/contracts'
import { markFingerprint, outcomeOfStatus } from '@ponte/mappers'
import type { Tenant, TenantQueues } from '@ponte/runtime'
import {
  createLookedAt,
  createMarkLedger,
  createStatusLedger,
  type Fingerprint,
  type MarkRecord,
  type RedisClient,
  type TimelineEntry,
  type Timelines,
} from '@ponte/state'
import type { ChangedOpportunity } from './read-changed-opportunities.ts'
import { unreportedOf } from './unreported.ts'

/** Where opportunities are in the documented version of TOTVS CRM (docs/vendors/totvs-crm.md#address-of-an-opportunity). */
const DOCUMENTED_PATH = '/api/v11/opportunity/opportunities'
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
 * The opportunities that Ponte has neither reported as they are now (`unreportedOf`) nor looked at, as events. The key names opportunity and time, so
 * that a second reconcile adds nothing.
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
      if (time !== undefined && hasSeen(time, each, records[index])) continue
      const key = `recon-${opportunity.id}-${updatedAt}`
      // An earlier reconcile has sent it. What its run has read may show another time of the last change, or none.
      if ((await deps.queues['rd-station'].getDeduplicationJobId(key)) !== null) continue
      if (await isReported(each, records[index], { ...deps, crm })) continue
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

type AskingDeps = MissingDeps & { readonly crm: Pick<TotvsCrmClient, 'getLead'> }

/** All of it was reported to RD Station. The lead is read only where nothing else is missing. One that cannot be read proves nothing. */
async function isReported(
  { opportunity }: ChangedOpportunity,
  record: MarkRecord | undefined,
  { crm, fingerprint, tenant }: AskingDeps,
): Promise<boolean> {
  const outcome = outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap)
  if (unreportedOf(record, { opportunity, outcome }).length > 0) return false
  if (record?.contact === undefined) return true
  try {
    const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
    const { person } = markFingerprint({ opportunity, lead }, fingerprint.exact)
    return unreportedOf(record, { opportunity, outcome, person }).length === 0
  } catch (error) {
    if (error instanceof PermanentFailure) return false
    throw error
  }
}

/** An event of it waits, or has failed for a reason that is still there. */
async function isWatched(
  { opportunity }: ChangedOpportunity,
  lookedAt: number | undefined,
  deps: AskingDeps,
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

/** The newest timelines of a person or an opportunity that are read. */
const MAX_TIMELINES = 10

/** A job that an event has, or had: its data and state, if the queue still holds it. */
export interface KnownJob {
  readonly key: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly state: 'waits' | 'failed' | 'ended' | undefined
  readonly data: Readonly<Record<string, unknown>> | undefined
}

const states: Readonly<Record<string, KnownJob['state']>> = {
  waiting: 'waits',
  prioritized: 'waits',
  delayed: 'waits',
  active: 'waits',
  'waiting-children': 'waits',
  failed: 'failed',
  completed: 'ended',
}

/** The events of a person or an opportunity, with their jobs, newest first. */
export async function jobsOf(
  identity: string,
  { queues, timelines }: { readonly queues: TenantQueues; readonly timelines: Pick<Timelines, 'find' | 'read'> },
): Promise<readonly KnownJob[]> {
  const ids = (await timelines.find(identity)).slice(0, MAX_TIMELINES)
  const all = await Promise.all(ids.map(id => timelines.read(id)))
  return await Promise.all(
    all.flatMap(entries => {
      const received = entries.find(entry => entry.kind === 'received')
      return received === undefined ? [] : [jobOf(received, queues)]
    }),
  )
}

async function jobOf(
  { at, key, event, jobId }: Extract<TimelineEntry, { kind: 'received' }>,
  queues: TenantQueues,
): Promise<KnownJob> {
  const kind = isJobName(event) ? jobs[event].destination : 'quarantine'
  const job = await queues[kind].getJob(jobId)
  if (job === undefined) return { key, receivedAt: at, state: undefined, data: undefined }
  const data: unknown = job.data
  return { key, receivedAt: at, state: states[await job.getState()], data: isRecord(data) ? data : undefined }
}
