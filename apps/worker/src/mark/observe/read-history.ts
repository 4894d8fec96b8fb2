import type { CrmOpportunity, OpportunityOutcome } from '@ponte/contracts'
import { type MarkHistory, readTenantStart } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { isBeforeOurTime, wasBeingOpened } from './before-our-time.ts'

export interface Delivered {
  readonly opportunity: CrmOpportunity
  /** ISO 8601: when the delivery was received that named the opportunity. */
  readonly receivedAt: string
}

/**
 * What was marked of an opportunity. One from before Ponte's time is adopted: its present state is recorded as marked,
 * so that neither switching over nor an empty Redis repeats a sale. Call it under the opportunity's lock. Without an `outcome` (the
 * tenant does not name the status) it stays undecided. See docs/behaviour.md#opportunities-from-before-ponte.
 */
export async function readHistory(
  { outcome, ...delivered }: Delivered & { readonly outcome: OpportunityOutcome | undefined },
  context: JobContext,
): Promise<{ readonly history: MarkHistory; readonly isAdopted: boolean }> {
  const { id } = delivered.opportunity
  const found = await context.marks.find(id)
  if (found !== undefined && found.undecided !== true) return { history: found, isAdopted: false }
  if (outcome === undefined) return { history: found ?? { marked: 'none', undecided: true }, isAdopted: false }
  const { undecided: _undecided, ...history } = found ?? { marked: 'none' as const }
  if (!(await isFromBefore(delivered, context))) return { history, isAdopted: false }
  const adopted: MarkHistory = {
    ...history,
    marked: outcome === 'ignored' ? 'none' : outcome,
    ...(outcome === 'open' && { unlisted: true }),
  }
  await context.marks.write(id, adopted)
  return { history: adopted, isAdopted: true }
}

/** Adopts an open opportunity that the job of a lead has come across. */
export async function adoptOpen(delivered: Delivered, context: JobContext): Promise<void> {
  if (await isFromBefore(delivered, context)) await context.marks.begin(delivered.opportunity.id, 'open')
}

async function isFromBefore({ opportunity, receivedAt }: Delivered, context: JobContext): Promise<boolean> {
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
  const { opening } = await leads.read(opportunity.leadId)
  return !wasBeingOpened(opportunity, opening)
}
