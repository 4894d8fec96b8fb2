import { PermanentFailure, message } from '@ponte/contracts'
import { contactLock, opportunityLock } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from './read-other-opportunity.ts'
import { readHistory } from '../observe/read-history.ts'
import { earlierThan, isEnd, planEarlier } from '../plan/plan-earlier.ts'
import { unansweredOf } from '../plan/was-mark-applied.ts'
import { answerMissing, lockedForContact } from './contact-lock.ts'
import { sendMarks } from './send-marks.ts'
import { isAbout, verifyMark } from './verify-mark.ts'

/**
 * RD Station keeps one state for all opportunities of a contact, and takes events in the order in which they come. So every mark of
 * another opportunity whose answer was lost is verified first, while the contact's funnel still shows it; and before an opportunity
 * is opened, the end of each earlier one is marked. See docs/behaviour.md#several-opportunities.
 */
export async function completeEarlierOpportunities(
  subject: Subject & { readonly isOpening: boolean },
  context: JobContext,
): Promise<void> {
  const known = await context.contactOpportunities.list(subject.contact.uuid)
  const notArrived = new Set<string>()
  for (const id of known) {
    if (id === subject.opportunityId || unansweredOf(await context.marks.read(id)) === undefined) continue
    const hasArrived = await context.locked([opportunityLock(id)], () => verifyOther(id, subject, context))
    if (!hasArrived) notArrived.add(id)
  }
  if (!subject.isOpening) return
  for (const id of earlierThan(subject.opportunityId, known)) {
    // A mark that did not arrive has a job of its own that tries again: this one goes on.
    if (!notArrived.has(id)) await context.locked([opportunityLock(id)], () => completeEarlier(id, subject, context))
  }
}

/** Finds out what became of another opportunity's mark. False when it did not arrive. */
const verifyOther = (id: string, { contact }: Subject, context: JobContext): Promise<boolean> =>
  context.locked([contactLock(contact.uuid)], async () => {
    const history = await context.marks.read(id)
    const sent = unansweredOf(history)
    if (sent === undefined || !isAbout(contact, sent)) return true
    if ((sent.recheckAfter ?? 0) > Date.now()) throw answerMissing(sent)
    const { marked } = await verifyMark({ opportunityId: id, contact, history }, context)
    return marked !== history.marked
  })

async function completeEarlier(id: string, subject: Subject, context: JobContext): Promise<void> {
  const { contact, receivedAt } = subject
  const forget = (): Promise<void> => context.contactOpportunities.forget(contact.uuid, id)
  const earlier = await readOther(id, subject, context)
  if (earlier === 'unreadable') return
  if (earlier === undefined) return await forget()
  const owner = await readOwner(earlier, subject, context)
  if (owner === 'unreadable') return
  if (owner === 'another') return await forget()
  if (!isEnd(earlier.outcome)) return
  const { history } = await readHistory({ ...earlier, receivedAt }, context)
  const due = planEarlier(earlier.outcome, history)
  if (due === 'leave') return
  if (due === 'forget') return await forget()
  try {
    await lockedForContact({ opportunityId: id, contact }, context, () =>
      sendMarks({ due, opportunity: earlier.opportunity, contact, history }, context),
    )
    context.note(message('earlier-opportunity-marked', { marks: due }))
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    context.note(message('earlier-opportunity-failed', { code: error.code }))
    if (isOutcomeUnknown(error)) throw answerMissing(unansweredOf(await context.marks.read(id)))
  }
}
