import { LONGEST_CALL_MS } from '@ponte/clients'
import { type CrmOpportunity, type RdMark, say } from '@ponte/contracts'
import { type MarkName, toLoss, toOpportunity, toSale } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { MarkableContact } from '../observe/find-contact.ts'
import { sendMark } from './send-mark.ts'

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
 * Makes the marks that are due, in order. What is being sent is written down before, so that after a crash or a lost answer it is
 * looked up (`reconcileMark`) instead of sent again, where RD Station can tell. Returns the history after the last mark.
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
    const { sending: _sending, ...settled } = current
    const { body, notes } = toRdMark(mark, opportunity, contact.email, context)
    for (const note of notes) context.note(note)
    await context.contactOpportunities.remember(contact.uuid, opportunity.id)
    const sending = {
      mark,
      at: Date.now(),
      contact: contact.uuid,
      askFrom: askFrom(context) + LONGEST_CALL_MS,
      wasSold: await context.links.wasSold(contact.uuid),
    }
    await save({ ...settled, sending })
    try {
      await sendMark(body, contact, context)
    } catch (error) {
      if (isOutcomeUnknown(error)) {
        // Without it others wait a little longer, nothing else.
        await save({ ...settled, sending: { ...sending, recheckAfter: askFrom(context) } }).catch(() => undefined)
      } else await save(settled)
      throw error
    }
    await keepApplied(mark, { opportunityId: opportunity.id, contact, unsent: settled }, save, context)
  }
  return current
}

/** Others do not ask what became of a mark before its own job would: RD Station works on what it has taken in its own time. */
const askFrom = ({ tenant }: JobContext): number => Date.now() + tenant.settings.retry.firstDelaySeconds * 1000

/**
 * RD Station has taken the mark: what follows for the opportunity's history and for the others of its contact. The history comes
 * first: whoever is killed in between leaves an opportunity too many in the list, not one that nobody asks about.
 */
async function keepApplied(
  mark: MarkName,
  { opportunityId, contact, unsent }: { opportunityId: string; contact: MarkableContact; unsent: MarkHistory },
  save: (history: MarkHistory) => Promise<void>,
  { links, contactOpportunities }: JobContext,
): Promise<void> {
  const marked = stateAfter[mark]
  if (marked === 'open') return await save({ ...unsent, marked, restoring: undefined })
  if (mark === 'sale') await links.rememberSale(contact.uuid)
  const hasOthers = (await contactOpportunities.list(contact.uuid)).some(id => id !== opportunityId)
  await save({ ...unsent, marked, ...(hasOthers && { restoring: true }) })
  await contactOpportunities.forget(contact.uuid, opportunityId)
}

/** False: it was sent for another contact, whose lead had the opportunity before; this one was told nothing. */
export const isAbout = ({ uuid }: MarkableContact, sending: NonNullable<MarkHistory['sending']>): boolean =>
  sending.contact === undefined || sending.contact === uuid

export interface Unsettled {
  readonly opportunityId: string
  readonly contact: MarkableContact
  readonly history: MarkHistory
}

/**
 * Finds out what became of a mark whose answer was lost, before anything is decided: the opportunity may have moved on, and what
 * is due depends on what RD Station was told. Returns the history without the question.
 */
export async function reconcileMark(
  { opportunityId, contact, history }: Unsettled,
  context: JobContext,
): Promise<MarkHistory> {
  const { sending, ...unsent } = history
  if (sending === undefined) return history
  let settled: MarkHistory = unsent
  const save = async (next: MarkHistory): Promise<void> => {
    settled = next
    await context.marks.write(opportunityId, next)
  }
  if (!isAbout(contact, sending) || !(await wasApplied(sending, { contact, history }, context))) {
    await save(unsent)
    return settled
  }
  context.note(say('RD Station has the {mark} already: its answer had been lost', { mark: sending.mark }))
  await keepApplied(sending.mark, { opportunityId, contact, unsent }, save, context)
  return settled
}

function toRdMark(
  mark: MarkName,
  opportunity: CrmOpportunity,
  email: string,
  { tenant }: JobContext,
): { body: RdMark; notes: readonly string[] } {
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

/**
 * Did a mark whose answer was lost arrive? The events of a contact tell opportunities only; its funnel tells the state, which
 * says something where the mark would have changed it (reference rd-station.md §3, §4). When RD Station cannot tell: no.
 */
async function wasApplied(
  { mark, at: sentAt, wasSold }: NonNullable<MarkHistory['sending']>,
  { contact, history }: { contact: MarkableContact; history: MarkHistory },
  { rd, links }: JobContext,
): Promise<boolean> {
  if (mark === 'opportunity' && history.marked === 'none') {
    const events = await rd.listContactEvents(contact.uuid, 'OPPORTUNITY')
    const isRecent = events.some(event => Date.parse(event.event_timestamp) >= sentAt - CLOCK_SKEW_MS)
    if (!isRecent) return false
    // The event may be that of an opportunity before this one, which is over: then the contact is none.
  }
  const funnel = await rd.findFunnel(contact.uuid)
  if (funnel === undefined) return false
  switch (mark) {
    case 'opportunity':
      return funnel.opportunity
    case 'loss':
      return history.marked === 'open' && !funnel.opportunity
    case 'sale': {
      if (!/^client/i.test(funnel.lifecycle_stage)) return false
      // Being a client tells nothing of one who was it before; that the opportunity's flag has fallen does.
      return history.marked === 'open' ? !funnel.opportunity : !(wasSold ?? (await links.wasSold(contact.uuid)))
    }
  }
}
