import { LONGEST_CALL_MS } from '@ponte/clients'
import { type CrmOpportunity, type Message, type RdMark } from '@ponte/contracts'
import { type MarkName, toLoss, toOpportunity, toSale } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import type { Sending } from '../plan/was-mark-applied.ts'
import { recordMark } from './record-mark.ts'
import { sendMark } from './send-mark.ts'

export interface DueMarks {
  readonly due: readonly MarkName[]
  readonly opportunity: CrmOpportunity
  readonly contact: MarkableContact
  readonly history: MarkHistory
}

/**
 * Makes the marks that are due, in order. What is being sent is recorded before it is sent, so that after a crash or a lost answer
 * it is verified (`verifyMark`) instead of sent again, where RD Station can tell. Returns the history after the last mark.
 */
export async function sendMarks(
  { due, opportunity, contact, history }: DueMarks,
  context: JobContext,
): Promise<MarkHistory> {
  const { marks, links, contactOpportunities } = context
  const save = (next: MarkHistory): Promise<void> => marks.write(opportunity.id, next)
  let current = history
  for (const mark of due) {
    const { sending: _sending, ...before } = current
    const { body, notes } = toRdMark(mark, opportunity, contact.email, context)
    for (const note of notes) context.note(note)
    await contactOpportunities.remember(contact.uuid, opportunity.id)
    const sending = {
      mark,
      at: Date.now(),
      contact: contact.uuid,
      recheckAfter: recheckAfter(context) + LONGEST_CALL_MS,
      wasSold: await links.wasSold(contact.uuid),
      ...(await readBefore(mark, { opportunityId: opportunity.id, marked: before.marked, contact }, context)),
    }
    await save({ ...before, sending })
    try {
      await sendMark(body, contact, context)
    } catch (error) {
      if (isOutcomeUnknown(error)) {
        // When this write fails, other opportunities of the contact wait a little longer, nothing else.
        await save({ ...before, sending: { ...sending, recheckAfter: recheckAfter(context) } }).catch(() => undefined)
      } else await save(before)
      throw error
    }
    current = await recordMark({ mark, opportunityId: opportunity.id, contact, history: before }, context)
  }
  return current
}

/**
 * An end shows in the contact's funnel only if it was an opportunity there before. That is read where it is not certain: after
 * another end of this opportunity, or of another one.
 */
async function readBefore(
  mark: MarkName,
  {
    opportunityId,
    marked,
    contact,
  }: { opportunityId: string; marked: MarkHistory['marked']; contact: MarkableContact },
  { unmarkedOpportunities, rd }: JobContext,
): Promise<Pick<Sending, 'wasOpportunity'>> {
  if (mark === 'opportunity' || (marked === 'open' && !(await unmarkedOpportunities.has(opportunityId)))) return {}
  return { wasOpportunity: (await rd.findFunnel(contact.uuid))?.opportunity === true }
}

/** Other jobs do not ask what became of a mark before its own job would: RD Station may still be at work on it. */
const recheckAfter = ({ tenant }: JobContext): number => Date.now() + tenant.settings.retry.firstDelaySeconds * 1000

function toRdMark(
  mark: MarkName,
  opportunity: CrmOpportunity,
  email: string,
  { tenant }: JobContext,
): { body: RdMark; notes: readonly Message[] } {
  switch (mark) {
    case 'opportunity':
      return { body: toOpportunity(email), notes: [] }
    case 'sale': {
      const sale = toSale(opportunity, email, { maxSaleValue: tenant.settings.rdStation.maxSaleValue })
      return { body: sale.mark, notes: sale.notes }
    }
    case 'loss': {
      const loss = toLoss(opportunity, email)
      return { body: loss.mark, notes: loss.notes }
    }
  }
}
