import { message, type Message } from '@ponte/contracts'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { type HeldContact, recordBeforeCall, recordStanding } from '../observe/locked-records.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { giveAway, isEnd, isMarkedOpen, unmarking } from '../plan/standing.ts'
import { isOpen, readOthers } from '../observe/read-others.ts'
import { verifyAnswer } from '../observe/verify-answer.ts'

/** What was done with the contact that had the opportunity before. */
export interface Former {
  readonly isUnmarked: boolean
  /** The end that stays with the former contact. It is in reports and has started flows, so Ponte does not take it back. */
  readonly kept: 'won' | 'lost' | undefined
  readonly notes: readonly Message[]
  /** The opportunity's record from now on. Nothing of it was reported to its new contact yet. */
  readonly mark: MarkRecord
}

/**
 * The opportunity was given to another lead. If RD Station shows the former contact as an opportunity only because of this one, that is
 * undone. It is never undone by a loss, which enters reports and starts flows. See docs/behaviour/marks.md#opportunities-that-are-given-away.
 */
export async function leaveFormer(held: HeldContact, observed: Observed, context: MarkContext): Promise<Former> {
  const { opportunityId, contextUrl } = observed.data
  const verified = await verifyAnswer(held, opportunityId, context)
  const { known } = verified
  let { standing } = verified
  const recorded = standing.marks.get(opportunityId) ?? observed.mark
  const isShown = isShownFor(standing.contact, opportunityId, recorded)
  const open = known.filter(id => id !== opportunityId && isMarkedOpen(standing.marks.get(id)?.marked))
  const others = isShown
    ? await readOthers({ ends: [], open }, held, { leadId: observed.mark.lead, lead: undefined, contextUrl }, context)
    : []
  // An opportunity that cannot be read may be open, so the contact stays marked then as well.
  const isUnmarked = isShown && ![...others].some(([, other]) => other === 'unreadable' || isOpen(other))
  let before = verified
  if (isUnmarked) {
    // Recorded before the call. If the worker dies and the opportunity comes back, the contact is marked for it again.
    standing = unmarking(standing, opportunityId)
    const recorded = await recordBeforeCall(verified, standing, context)
    before = recorded.held
    recorded.requireReplicas()
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
    isUnmarked,
    kept: keeps,
    mark: left.mark,
    notes: [
      ...(isUnmarked ? [message('former-contact-unmarked')] : []),
      ...(keeps === undefined ? [] : [message('former-contact-keeps', { state: keeps })]),
    ],
  }
}

/**
 * RD Station shows the contact as an opportunity because of this one. `hidden` counts too: a run that died while it undid the mark recorded
 * it.
 */
const isShownFor = ({ shown, last }: ContactRecord, opportunityId: string, { marked }: MarkRecord): boolean =>
  shown && isMarkedOpen(marked) && (last === undefined || last.opportunityId === opportunityId)
