import { message, type Message } from '@ponte/contracts'
import type { ContactRecord, MarkRecord, StatusRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { HeldContact } from '../observe/locked-contacts.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { changeMark, giveAway } from '../plan/standing.ts'
import { isMarkedOpen } from '../plan/plan-marks.ts'
import { isOpen, readOthers } from '../observe/read-others.ts'
import { verifyAnswer } from '../observe/verify-answer.ts'
import { changesOf } from '../observe/changes-of.ts'

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
export async function leaveFormer(
  held: HeldContact,
  { observed, status }: { readonly observed: Observed; readonly status: StatusRecord },
  context: JobContext,
): Promise<Former> {
  const { opportunityId, contextUrl } = observed.data
  const { standing, known } = await verifyAnswer(held, opportunityId, context)
  const recorded = standing.marks.get(opportunityId) ?? observed.mark
  const isShown = isShownFor(standing.contact, opportunityId, recorded)
  const open = known.filter(id => id !== opportunityId && isMarkedOpen(standing.marks.get(id)?.marked))
  const others = isShown
    ? await readOthers({ ends: [], open }, held, { leadId: observed.mark.lead, contextUrl }, context)
    : []
  // One that cannot be read may be open: then the contact stays an opportunity, as it would be for that one.
  const isUnmarked = isShown && ![...others].some(([, other]) => other === 'unreadable' || isOpen(other))
  // Before the call: should the worker die, and the opportunity come back, the contact is told of it again. With the contact's own record,
  // which an adopted opportunity has not made yet: without it nobody would know that the contact is shown.
  const hidden = changeMark(standing, opportunityId, { marked: 'hidden' })
  const before = isUnmarked ? { ...hidden, contact: { ...standing.contact } } : standing
  if (isUnmarked) {
    await context.underLocks({ changes: changesOf(held.uuid, { from: standing, to: before }, context) })
    await context.rd.unmarkOpportunity(held.uuid)
  }
  const left = giveAway(standing, { opportunityId, recorded }, { isShown, isUnmarked })
  const keeps = recorded.marked === 'won' || recorded.marked === 'lost' ? recorded.marked : undefined
  await context.underLocks({
    changes: [
      ...changesOf(held.uuid, { from: before, to: left.standing }, context),
      context.contactOpportunities.forgettingOf(held.uuid, opportunityId),
      ...(keeps === undefined ? [] : [context.statuses.writingOf(opportunityId, { ...status, kept: keeps })]),
    ],
  })
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
