import type { CrmOpportunity, JobData, OpportunityOutcome } from '@ponte/contracts'
import { MARKS_KEPT_MS, type MarkHistory, readTenantStart } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'

/** The CRM's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000
/** TOTVS CRM is Brazilian: a time without an offset is taken for Brasília's. */
const HOME_OFFSET = '-03:00'

interface Moment {
  /** Of the opportunity, as the CRM tells it. */
  readonly createdAt: string | undefined
  /** Milliseconds since 1970, here and below. */
  readonly now: number
  /** When Ponte first ran for the tenant with this Redis. */
  readonly start: number
  /** When the delivery was received. */
  readonly receivedAt: number
  /** The tenant's `marksSince`. */
  readonly marksSince: number | undefined
}

/**
 * Whether an opportunity that Ponte has no record of is older than Ponte's work for the tenant, or than records are kept. One
 * that does not tell when it was created counts as new.
 */
export function isBeforeOurTime({ createdAt, now, start, receivedAt, marksSince = -Infinity }: Moment): boolean {
  const created = readCreation(createdAt)
  if (created === undefined) return false
  if (created < marksSince || created < now - MARKS_KEPT_MS) return true
  // Taken by a version that did not keep the start yet: Ponte ran already, and nobody knows since when.
  return receivedAt >= start - CLOCK_SKEW_MS && created < start
}

function readCreation(createdAt: string | undefined): number | undefined {
  if (createdAt === undefined) return undefined
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(createdAt)
  const time = Date.parse(hasOffset || !/\d:\d/.test(createdAt) ? createdAt : `${createdAt}${HOME_OFFSET}`)
  return Number.isNaN(time) ? undefined : time
}

export interface Untold {
  readonly opportunity: CrmOpportunity
  /** ISO 8601: when the delivery was received that brought it up. */
  readonly receivedAt: string
}

async function isAdopted({ opportunity, receivedAt }: Untold, context: JobContext): Promise<boolean> {
  const { tenant, redis, leads } = context
  const { marksSince } = tenant.settings
  const isOld = isBeforeOurTime({
    createdAt: opportunity.createdAt,
    now: Date.now(),
    start: await readTenantStart(redis, tenant.name),
    receivedAt: Date.parse(receivedAt),
    marksSince: marksSince === undefined ? undefined : Date.parse(marksSince),
  })
  if (!isOld || opportunity.leadId === undefined) return isOld
  // The CRM's webhook may be faster than its answer to the job that opens it; its clock may be behind ours.
  const { opening } = await leads.read(opportunity.leadId)
  const created = readCreation(opportunity.createdAt)
  return opening === undefined || created === undefined || created < opening.at - CLOCK_SKEW_MS
}

/**
 * What RD Station was told of an opportunity. One from before Ponte's time is adopted: its present state counts as told, so that
 * neither switching over nor an empty Redis repeats a sale. To be called under the opportunity's lock. Without an `outcome` (the
 * status says nothing to Ponte) it stays to be found out.
 */
export async function readDecided(
  untold: Untold & { readonly outcome: OpportunityOutcome | undefined },
  context: JobContext,
): Promise<{ readonly history: MarkHistory; readonly adopted: boolean }> {
  const { id } = untold.opportunity
  const found = await context.marks.find(id)
  if (found !== undefined && found.undecided !== true) return { history: found, adopted: false }
  const { outcome } = untold
  if (outcome === undefined) return { history: found ?? { marked: 'none', undecided: true }, adopted: false }
  const { undecided: _undecided, ...history } = found ?? { marked: 'none' as const }
  if (!(await isAdopted(untold, context))) return { history, adopted: false }
  const adopted: MarkHistory = { ...history, marked: outcome === 'ignored' ? 'none' : outcome }
  await context.marks.write(id, adopted)
  return { history: adopted, adopted: true }
}

/** Of an opportunity that is open and that a job other than its own came across. */
export async function adoptOpen(
  opportunity: CrmOpportunity,
  { receivedAt }: Pick<JobData<'lead.registered'>, 'receivedAt'>,
  context: JobContext,
): Promise<void> {
  if (await isAdopted({ opportunity, receivedAt }, context)) await context.marks.begin(opportunity.id, 'open')
}
