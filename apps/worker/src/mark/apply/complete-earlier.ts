import { PermanentFailure, message } from '@ponte/contracts'
import { neverMarked, opportunityLock } from '@ponte/state'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from './read-other-opportunity.ts'
import { lockedOpportunity, type Recorded } from '../observe/locked-opportunity.ts'
import { readHistory } from '../observe/read-history.ts'
import { earlierThan, isEnd, planEarlier } from '../plan/plan-earlier.ts'
import { unansweredOf } from '../plan/was-mark-applied.ts'
import { answerMissing, lockedContact, lockedForContact, readHistories } from './contact-lock.ts'
import { sendMarks } from './send-marks.ts'
import { isAbout, verifyMark } from './verify-mark.ts'

export interface Completing extends Subject {
  readonly isOpening: boolean
  /** All opportunities of the contact that Ponte knows, this one maybe among them. */
  readonly known: readonly string[]
}

/**
 * RD Station keeps one state for all opportunities of a contact, and takes events in the order in which they come. So every mark of
 * another opportunity whose answer was lost is verified first, while the contact's funnel still shows it; and before an opportunity
 * is opened, the end of each earlier one is marked. See docs/behaviour.md#several-opportunities.
 */
export async function completeEarlierOpportunities(
  { known, isOpening, ...subject }: Completing,
  context: JobContext,
): Promise<void> {
  const notArrived = new Set<string>()
  const others = known.filter(id => id !== subject.opportunityId)
  for (const [id, history] of await readHistories(others, context)) {
    if (unansweredOf(history) === undefined) continue
    const hasArrived = await context.locked([opportunityLock(id)], () => verifyOther(id, subject, context))
    if (!hasArrived) notArrived.add(id)
  }
  if (!isOpening) return
  for (const id of earlierThan(subject.opportunityId, known)) {
    // A mark that did not arrive has a job of its own that tries again: this one goes on.
    if (notArrived.has(id)) continue
    await lockedOpportunity(id, context, recorded => completeEarlier({ id, recorded, subject }, context))
  }
}

/** Finds out what became of another opportunity's mark. False when it did not arrive. */
const verifyOther = (id: string, { contact }: Subject, context: JobContext): Promise<boolean> =>
  lockedContact({ opportunityId: id, contact }, context, async state => {
    const history = (await readHistories([id], context)).get(id) ?? neverMarked
    const sent = unansweredOf(history)
    if (sent === undefined || !isAbout(contact, sent)) return true
    if ((sent.recheckAfter ?? 0) > Date.now()) throw answerMissing(sent)
    const verified = await verifyMark({ opportunityId: id, contact, standing: { history, state } }, context)
    return verified.history.marked !== history.marked
  })

async function completeEarlier(
  { id, recorded, subject }: { readonly id: string; readonly recorded: Recorded; readonly subject: Subject },
  context: JobContext,
): Promise<void> {
  const { contact, receivedAt } = subject
  const forget = async (): Promise<void> => {
    await context.underLocks({ changes: [context.contactOpportunities.forgettingOf(contact.uuid, id)] })
  }
  const earlier = await readOther(id, subject, context)
  if (earlier === 'unreadable') return
  if (earlier === undefined) return await forget()
  const owner = await readOwner(earlier, subject, context)
  if (owner === 'unreadable') return
  if (owner === 'another') return await forget()
  if (!isEnd(earlier.outcome)) return
  const { history } = await readHistory({ ...earlier, receivedAt, recorded }, context)
  const due = planEarlier(earlier.outcome, history)
  if (due === 'leave') return
  if (due === 'forget') return await forget()
  try {
    await lockedForContact({ opportunityId: id, contact }, context, state =>
      sendMarks({ due, opportunity: earlier.opportunity, contact, standing: { history, state } }, context),
    )
    context.note(message('earlier-opportunity-marked', { marks: due }))
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    context.note(message('earlier-opportunity-failed', { code: error.code }))
    if (!isOutcomeUnknown(error)) return
    throw answerMissing(unansweredOf((await readHistories([id], context)).get(id) ?? neverMarked))
  }
}
