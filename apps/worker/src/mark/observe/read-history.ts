import type { CrmOpportunity, OpportunityOutcome } from '@ponte/contracts'
import { type LeadHistory, type MarkHistory, neverMarked, readTenantStart } from '@ponte/state'
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
  if (!(await isOld(delivered, recorded, context))) return { history, isAdopted: false }
  const opened = await readOpening(delivered.opportunity, context)
  if (isKnown(opened.history)) return { history: opened.history, isAdopted: false }
  if (wasBeingOpened(delivered.opportunity, opened.opening)) return { history, isAdopted: false }
  const adopted: MarkHistory = {
    ...history,
    marked: outcome === 'ignored' ? 'none' : outcome,
    ...(outcome === 'open' && { unlisted: true }),
  }
  await context.underLocks({ changes: context.marks.writingOf(id, adopted) })
  return { history: adopted, isAdopted: true }
}

async function isOld(
  { opportunity: { createdAt }, receivedAt }: Delivered,
  { tenantStart }: Recorded,
  { tenant, redis }: JobContext,
): Promise<boolean> {
  const { marksSince } = tenant.settings
  return isBeforeOurTime({
    createdAt,
    now: Date.now(),
    start: tenantStart ?? (await readTenantStart(redis, tenant.name)),
    receivedAt: Date.parse(receivedAt),
    marksSince: marksSince === undefined ? undefined : Date.parse(marksSince),
  })
}

/**
 * Whether Ponte is opening it, or has opened it since its lock was taken. The job of the lead records that it has, without the lock of
 * the opportunity, in the step in which it forgets that it is. So both are read in one step.
 */
async function readOpening(
  { id, leadId }: CrmOpportunity,
  { marks, leads, underLocks }: JobContext,
): Promise<{ readonly history: MarkHistory | undefined; readonly opening: LeadHistory['opening'] }> {
  const history = marks.readingOf(id)
  const lead = leadId === undefined ? undefined : leads.readingOf(leadId)
  const valueOf = await underLocks({ readings: [history, ...(lead === undefined ? [] : [lead])] })
  return { history: valueOf(history), opening: lead && valueOf(lead).opening }
}
