import { message, type Message } from '@ponte/contracts'
import type { ContactRecord, MarkRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { confirmationBy } from '../../run/confirmation.ts'
import type { HeldContact } from '../read/locked-records.ts'
import type { ReadOpportunity } from '../read/read-opportunity.ts'
import { giveAway, isEnd, isMarkedOpen, recordReported, unmarking } from '../reported/reported.ts'
import { isOpen, readOthers } from '../read/read-others.ts'
import { verifyAnswer } from './verify-marks.ts'

/** What was done with the contact that had the opportunity before. */
export interface Former {
  readonly isUnmarked: boolean
  /** The end that stays with the former contact. It is in reports and has started flows, so Ponte does not take it back. */
  readonly kept: 'won' | 'lost' | undefined
  readonly notes: readonly Message[]
  /** The opportunity's record from now on. Nothing of it was reported to its new contact yet. */
  readonly recorded: MarkRecord
}

/**
 * The opportunity was given to another lead. If RD Station shows the former contact as an opportunity only because of this one, that is
 * undone. It is never undone by a loss, which enters reports and starts flows. See docs/behaviour/marks.md#opportunities-that-are-given-away.
 */
export async function leaveFormer(held: HeldContact, read: ReadOpportunity, context: JobContext): Promise<Former> {
  const { opportunityId, contextUrl } = read.data
  const { known, ...verified } = await verifyAnswer(held, opportunityId, context)
  let { reported } = verified
  const recorded = reported.marks.get(opportunityId) ?? read.recorded
  const isShown = isShownFor(reported.contact, opportunityId, recorded)
  const open = known.filter(id => id !== opportunityId && isMarkedOpen(reported.marks.get(id)?.marked))
  const others = isShown
    ? await readOthers({ ends: [], open }, held, { leadId: read.recorded.lead, lead: undefined, contextUrl }, context)
    : []
  // An opportunity that cannot be read may be open, so the contact stays marked then as well.
  const isUnmarked = isShown && ![...others].some(([, other]) => other === 'unreadable' || isOpen(other))
  if (isUnmarked) {
    // Recorded before the call. If the worker dies and the opportunity comes back, the contact is marked for it again.
    const confirmation = confirmationBy(context.replicas, 'mark')
    reported = await recordReported(held.uuid, unmarking(reported, opportunityId), context, { confirmation })
    confirmation.requireReplicas()
    await context.rd.unmarkOpportunity(held.uuid)
  }
  const left = giveAway(reported, { opportunityId, recorded }, { isShown, isUnmarked })
  const keeps = isEnd(recorded.marked) ? recorded.marked : undefined
  const more = [
    context.marks.droppingOpportunityOf(held.uuid, opportunityId),
    ...(keeps === undefined ? [] : [context.statuses.writingOf(opportunityId, { ...read.status, kept: keeps })]),
  ]
  await recordReported(held.uuid, left.reported, context, { more })
  return {
    isUnmarked,
    kept: keeps,
    recorded: left.mark,
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
