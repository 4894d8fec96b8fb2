import { message, type Message } from '@ponte/contracts'
import type { MarkRecord, StatusRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { HeldContact } from '../observe/locked-contacts.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { asCounted, changeMark, keepEnd } from '../plan/accept-mark.ts'
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
  const marked = standing.marks.get(opportunityId) ?? observed.mark
  const { shown, last } = standing.contact
  const isOpenOne = marked.marked === 'open' || marked.marked === 'hidden'
  const isShown = shown && isOpenOne && (last === undefined || last.opportunityId === opportunityId)
  const others = known.filter(id => {
    const other = standing.marks.get(id)?.marked
    return id !== opportunityId && (other === 'open' || other === 'hidden')
  })
  const read = isShown
    ? await readOthers({ ends: [], open: others }, held, { leadId: observed.mark.lead, contextUrl }, context)
    : []
  // One that cannot be read may be open: then the contact stays an opportunity, as it would be for that one.
  const isNeeded = [...read].some(([, other]) => other === 'unreadable' || isOpen(other))
  const isUnmarked = isShown && !isNeeded
  // Before the call: should the worker die, and the opportunity come back, the contact is told of it again.
  const before = isUnmarked ? changeMark(standing, opportunityId, { marked: 'hidden' }) : standing
  if (isUnmarked) {
    await context.underLocks({ changes: changesOf(held.uuid, { from: standing, to: before }, context) })
    await context.rd.unmarkOpportunity(held.uuid)
  }

  const { contact: _contact, person: _person, pending: _pending, lead: _lead, address: _address, ...kept } = marked
  const mark = asCounted(kept, 'none')
  const { last: _last, ...contact } = standing.contact
  const left = {
    // If it stays one, that is for the others from now on.
    contact: keepEnd(isShown ? { ...contact, shown: !isUnmarked } : standing.contact, opportunityId, marked.marked),
    marks: new Map(standing.marks).set(opportunityId, mark),
  }
  const keeps = marked.marked === 'won' || marked.marked === 'lost' ? marked.marked : undefined
  await context.underLocks({
    changes: [
      ...changesOf(held.uuid, { from: before, to: left }, context),
      context.contactOpportunities.forgettingOf(held.uuid, opportunityId),
      ...(keeps === undefined ? [] : [context.statuses.writingOf(opportunityId, { ...status, kept: keeps })]),
    ],
  })
  return {
    ...{ isUnmarked, kept: keeps, mark },
    notes: [
      ...(isUnmarked ? [message('former-contact-unmarked')] : []),
      ...(keeps === undefined ? [] : [message('former-contact-keeps', { state: keeps })]),
    ],
  }
}
