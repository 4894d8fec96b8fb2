import type { CrmOpportunity, OpportunityOutcome } from '@ponte/contracts'
import { type MarkHistory, neverMarked, readTenantStart } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { isBeforeOurTime, wasBeingOpened } from './before-our-time.ts'
import type { Recorded } from './locked-opportunity.ts'

export interface Delivered {
  readonly opportunity: CrmOpportunity
  /** ISO 8601: when the delivery was received that named the opportunity. */
  readonly receivedAt: string
}

/**
 * What was marked of an opportunity, by what was recorded when its lock was taken. One from before Ponte's time is adopted: its present
 * state is recorded as marked, so that neither switching over nor an empty Redis repeats a sale. Without an `outcome` (the
 * tenant does not name the status) it stays undecided. See docs/behaviour.md#opportunities-from-before-ponte.
 */
export async function readHistory(
  {
    outcome,
    recorded,
    ...delivered
  }: Delivered & { readonly outcome: OpportunityOutcome | undefined; readonly recorded: Recorded },
  context: JobContext,
): Promise<{ readonly history: MarkHistory; readonly isAdopted: boolean }> {
  const { id } = delivered.opportunity
  const isKnown = (found: MarkHistory | undefined): found is MarkHistory =>
    found !== undefined && found.undecided !== true
  if (isKnown(recorded.history)) return { history: recorded.history, isAdopted: false }
  if (outcome === undefined)
    return { history: recorded.history ?? { ...neverMarked, undecided: true }, isAdopted: false }
  const { undecided: _undecided, ...history } = recorded.history ?? neverMarked
  if (!(await isFromBefore(delivered, context, recorded.tenantStart))) return { history, isAdopted: false }
  // The job that opened it may have recorded that since the lock was taken: that needs no lock.
  const reading = context.marks.readingOf(id)
  const begun = (await context.underLocks({ readings: [reading] }))(reading)
  if (isKnown(begun)) return { history: begun, isAdopted: false }
  const adopted: MarkHistory = {
    ...history,
    marked: outcome === 'ignored' ? 'none' : outcome,
    ...(outcome === 'open' && { unlisted: true }),
  }
  await context.underLocks({ changes: context.marks.writingOf(id, adopted) })
  return { history: adopted, isAdopted: true }
}

async function isFromBefore(
  { opportunity, receivedAt }: Delivered,
  { tenant, redis, leads }: JobContext,
  start?: number,
): Promise<boolean> {
  const { marksSince } = tenant.settings
  const isOld = isBeforeOurTime({
    createdAt: opportunity.createdAt,
    now: Date.now(),
    start: start ?? (await readTenantStart(redis, tenant.name)),
    receivedAt: Date.parse(receivedAt),
    marksSince: marksSince === undefined ? undefined : Date.parse(marksSince),
  })
  if (!isOld || opportunity.leadId === undefined) return isOld
  const { opening } = await leads.read(opportunity.leadId)
  return !wasBeingOpened(opportunity, opening)
}
