import type { CrmOpportunity, RdMark } from '@ponte/contracts'
import { type MarkName, toLoss, toSale } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../job-context.ts'
import { mayHaveHadEffect } from '../may-have-had-effect.ts'
import type { MarkableContact } from './find-contact.ts'

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const satisfies Record<
  MarkName,
  MarkHistory['marked']
>

/** RD Station's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000

export interface DueMarks {
  readonly due: readonly MarkName[]
  readonly opportunity: CrmOpportunity
  readonly contact: MarkableContact
  readonly history: MarkHistory
}

/**
 * Makes the marks that are due, in order, each once: what is being sent is written down before, so that after a crash or a lost
 * answer it is looked up instead of sent again, where RD Station can tell. Returns the history after the last mark.
 */
export async function sendMarks(
  { due, opportunity, contact, history }: DueMarks,
  context: JobContext,
): Promise<MarkHistory> {
  let current = history
  const save = async (next: MarkHistory): Promise<void> => {
    current = next
    await context.marks.write(opportunity.id, next)
  }
  for (const mark of due) {
    const { sending, ...settled } = current
    const arrived =
      sending?.mark === mark && (await wasApplied(mark, { sentAt: sending.at, contact, history: current }, context))
    if (arrived) context.note(`RD Station has the ${mark} already: its answer had been lost`)
    else {
      const { body, notes } = toRdMark(mark, opportunity, contact.email, context)
      for (const note of notes) context.note(note)
      await save({ ...settled, sending: { mark, at: Date.now() } })
      try {
        await context.rd.sendMark(body)
      } catch (error) {
        if (!mayHaveHadEffect(error)) await save(settled)
        throw error
      }
    }
    await save({ ...settled, marked: stateAfter[mark] })
    if (mark === 'sale') await context.links.rememberSale(contact.uuid)
  }
  return current
}

function toRdMark(
  mark: MarkName,
  opportunity: CrmOpportunity,
  email: string,
  { tenant }: JobContext,
): { body: RdMark; notes: readonly string[] } {
  switch (mark) {
    case 'opportunity':
      return { body: { type: 'OPPORTUNITY', email }, notes: [] }
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

/**
 * Did a mark whose answer was lost arrive? The events of a contact tell opportunities only; its funnel tells the state, which
 * says something where the mark would have changed it (reference rd-station.md §3, §4). When RD Station cannot tell: no.
 */
async function wasApplied(
  mark: MarkName,
  { sentAt, contact, history }: { sentAt: number; contact: MarkableContact; history: MarkHistory },
  { rd, links }: JobContext,
): Promise<boolean> {
  if (mark === 'opportunity' && history.marked === 'none') {
    const events = await rd.listContactEvents(contact.uuid, 'OPPORTUNITY')
    return events.some(event => Date.parse(event.event_timestamp) >= sentAt - CLOCK_SKEW_MS)
  }
  const funnel = await rd.findFunnel(contact.uuid)
  if (funnel === undefined) return false
  switch (mark) {
    case 'opportunity':
      return funnel.opportunity
    case 'loss':
      return history.marked === 'open' && !funnel.opportunity
    case 'sale': {
      const isClient = /^client/i.test(funnel.lifecycle_stage)
      const wasClient = await links.wasSold(contact.uuid)
      return isClient && (!wasClient || (history.marked === 'open' && !funnel.opportunity))
    }
  }
}
