import { type CrmOpportunity, type Message, type RdMark } from '@ponte/contracts'
import { type MarkName, toLoss, toOpportunity, toSale } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { recordMark } from './record-mark.ts'
import { sendMark } from './send-mark.ts'

export interface DueMarks {
  readonly due: readonly MarkName[]
  readonly opportunity: CrmOpportunity
  readonly contact: MarkableContact
  readonly history: MarkHistory
}

/** Makes the marks that are due, in order. Returns the history after the last one. */
export async function sendMarks(
  { due, opportunity, contact, history }: DueMarks,
  context: JobContext,
): Promise<MarkHistory> {
  const { links, contactOpportunities } = context
  let current = history
  for (const mark of due) {
    const { sending: _sending, unlisted: _unlisted, ...before } = current
    const { body, notes } = toRdMark(mark, opportunity, contact.email, context)
    for (const note of notes) context.note(note)
    await contactOpportunities.remember(contact.uuid, opportunity.id)
    const wasSold = await links.wasSold(contact.uuid)
    await sendMark(
      {
        ...{ body, opportunityId: opportunity.id, contact, before },
        during: sent => ({ ...before, sending: { ...sent, mark, wasSold } }),
      },
      context,
    )
    current = await recordMark({ mark, opportunityId: opportunity.id, contact, history: before }, context)
  }
  return current
}

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
