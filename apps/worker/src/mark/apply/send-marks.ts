import { type CrmOpportunity, type Message, type RdMark } from '@ponte/contracts'
import { toOpenText } from '@ponte/state'
import { type MarkName, toLoss, toOpportunity, toSale } from '@ponte/mappers'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { type IsOver, type MarkWorth, recordMark, type Standing } from './record-mark.ts'
import { sendMark } from './send-mark.ts'

export interface DueMarks {
  readonly due: readonly MarkName[]
  readonly opportunity: CrmOpportunity
  readonly contact: MarkableContact
  readonly standing: Standing
  /** Asked after the last of them. */
  readonly isOver?: IsOver
}

/** Makes the marks that are due, in order. Returns what is recorded after the last one. */
export async function sendMarks(
  { due, opportunity, contact, standing, isOver }: DueMarks,
  context: JobContext,
): Promise<Standing> {
  let current = standing
  for (const mark of due) {
    const { sending: _sending, unlisted: _unlisted, ...before } = current.history
    const { body, notes } = toRdMark(mark, opportunity, contact.email, context)
    for (const note of notes) context.note(note)
    const { wasSold } = current.state
    const worth = worthOf(body)
    await sendMark(
      {
        ...{ body, opportunityId: opportunity.id, contact, before },
        during: sent => ({ ...before, sending: { ...sent, mark, wasSold, ...worth } }),
        changes: [context.contactOpportunities.rememberingOf(contact.uuid, opportunity.id)],
      },
      context,
    )
    const accepted = { mark, worth, opportunityId: opportunity.id, contact, standing: { ...current, history: before } }
    current = await recordMark(accepted, context, mark === due.at(-1) ? isOver : undefined)
  }
  return current
}

function worthOf(mark: RdMark): MarkWorth {
  if (mark.type === 'SALE') return { cents: Math.round(mark.value * 100) }
  return mark.type === 'OPPORTUNITY_LOST' ? { reason: toOpenText(mark.reason) } : {}
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
