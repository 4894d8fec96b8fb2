import type { CrmOpportunity, OpportunityOutcome } from '@ponte/contracts'
import { type MarkRecord, neverMarked } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { isFromBefore, wasBeingOpened } from './before-our-time.ts'

export interface ReadOpportunity {
  readonly opportunity: CrmOpportunity
  /** ISO 8601: when the delivery was received that named the opportunity. */
  readonly receivedAt: string
  /** Without one (the tenant does not name the status) nothing is adopted yet. */
  readonly outcome: OpportunityOutcome | undefined
  /** Milliseconds since 1970, when known: since when Ponte has worked for the tenant. */
  readonly start: number | undefined
}

/**
 * An opportunity that Ponte has no record of was never marked, unless it is from before Ponte's time. Then it is adopted: its present
 * state is recorded as marked, so that neither switching over nor an empty Redis repeats a sale. See
 * docs/behaviour.md#opportunities-from-before-ponte.
 */
export async function adoptIfOld(
  { opportunity, outcome, receivedAt, start }: ReadOpportunity,
  context: MarkContext,
): Promise<{ readonly mark: MarkRecord; readonly isAdopted: boolean }> {
  const known = (mark: MarkRecord) => ({ mark, isAdopted: false })
  const created = { createdAt: opportunity.createdAt, receivedAt, start }
  if (outcome === undefined || !(await isFromBefore(created, context))) return known(neverMarked)
  const { marks, leads, underLocks } = context
  // The job of the lead records that it has opened it in the step in which it forgets that it is opening it: both are read in one.
  const mark = marks.readingOf(opportunity.id)
  const lead = opportunity.leadId === undefined ? undefined : leads.readingOf(opportunity.leadId)
  const before = await underLocks({ readings: [mark, ...(lead === undefined ? [] : [lead])] })
  const begun = before(mark)
  if (begun !== undefined) return known(begun)
  if (wasBeingOpened(opportunity, lead && before(lead).opening)) return known(neverMarked)
  const marked = outcome === 'ignored' ? 'none' : outcome
  const after = await underLocks({ changes: [marks.beginningOf(opportunity.id, marked)], readings: [mark] })
  const adopted = after(mark) ?? { marked }
  return { mark: adopted, isAdopted: adopted.marked === marked }
}
