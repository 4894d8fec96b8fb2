import { message, type Message } from '@ponte/contracts'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { type HeldContact, recordStanding } from '../observe/locked-records.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { changeMark, giveAway, isEnd, isMarkedOpen } from '../plan/standing.ts'
import { isOpen, readOthers } from '../observe/read-others.ts'
import { verifyAnswer } from '../observe/verify-answer.ts'

/** What became of the contact that an opportunity was told to before it went to somebody else's lead. */
export interface Former {
  readonly isUnmarked: boolean
  /** Taken back by nobody: a sale or a loss is in reports, and has started flows. */
  readonly kept: 'won' | 'lost' | undefined
  readonly notes: readonly Message[]
  /** The opportunity, of which its new contact was told nothing. */
  readonly mark: MarkRecord
}

/**
 * An opportunity was given to another lead. Where RD Station shows its former contact as an opportunity for this one alone, that is taken
 * back: never by a loss, which enters reports and starts flows. See docs/behaviour.md#opportunities-that-are-given-away.
 */
export async function leaveFormer(held: HeldContact, observed: Observed, context: MarkContext): Promise<Former> {
  const { opportunityId, contextUrl } = observed.data
  const verified = await verifyAnswer(held, opportunityId, context)
  const { standing, known } = verified
  const recorded = standing.marks.get(opportunityId) ?? observed.mark
  const isShown = isShownFor(standing.contact, opportunityId, recorded)
  const open = known.filter(id => id !== opportunityId && isMarkedOpen(standing.marks.get(id)?.marked))
  const others = isShown
    ? await readOthers({ ends: [], open }, held, { leadId: observed.mark.lead, contextUrl }, context)
    : []
  // One that cannot be read may be open: then the contact stays an opportunity, as it would be for that one.
  const isUnmarked = isShown && ![...others].some(([, other]) => other === 'unreadable' || isOpen(other))
  let before = verified
  if (isUnmarked) {
    // Before the call: should the worker die, and the opportunity come back, the contact is told of it again. The contact is written as well:
    // for an adopted opportunity there is no record yet, and nobody would know that the contact is shown.
    const { marks } = changeMark(standing, opportunityId, { marked: 'hidden' })
    before = await recordStanding(verified, { marks, contact: { ...standing.contact } }, context)
    await context.rd.unmarkOpportunity(held.uuid)
  }
  const left = giveAway(standing, { opportunityId, recorded }, { isShown, isUnmarked })
  const keeps = isEnd(recorded.marked) ? recorded.marked : undefined
  const more = [
    context.marks.droppingOpportunityOf(held.uuid, opportunityId),
    ...(keeps === undefined ? [] : [context.statuses.writingOf(opportunityId, { ...observed.status, kept: keeps })]),
  ]
  await recordStanding(before, left.standing, context, { more })
  return {
    ...{ isUnmarked, kept: keeps, mark: left.mark },
    notes: [
      ...(isUnmarked ? [message('former-contact-unmarked')] : []),
      ...(keeps === undefined ? [] : [message('former-contact-keeps', { state: keeps })]),
    ],
  }
}

/** RD Station shows the contact as an opportunity, and for this one. `hidden`: a run that died while it took that back has written so. */
const isShownFor = ({ shown, last }: ContactRecord, opportunityId: string, { marked }: MarkRecord): boolean =>
  shown && isMarkedOpen(marked) && (last === undefined || last.opportunityId === opportunityId)
