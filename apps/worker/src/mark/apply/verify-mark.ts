import { message } from '@ponte/contracts'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { hasEventSince, isShownBy, type Sending, unansweredOf } from '../plan/was-mark-applied.ts'
import { type AcceptedMark, recordMark, recordRestored, type Standing } from './record-mark.ts'

/**
 * Finds out what became of a mark whose answer was lost, before anything else is decided: what is due depends on what was
 * marked. Returns what is recorded then, without the open question. See docs/behaviour.md#lost-answers.
 */
export async function verifyMark(unverified: AcceptedMark, context: JobContext): Promise<Standing> {
  const { opportunityId, contact, standing } = unverified
  const unanswered = unansweredOf(standing.history)
  if (unanswered === undefined) return standing
  const { sending, restoreSent: _restoreSent, ...history } = standing.history
  const answered = { ...standing, history }
  if (!isAbout(contact, unanswered) || !(await didArrive(unanswered, unverified, context))) {
    await context.underLocks({ changes: context.marks.writingOf(opportunityId, history) })
    return answered
  }
  const accepted = { opportunityId, contact, standing: answered }
  context.note(message('mark-found', { mark: unanswered.mark }))
  return sending === undefined
    ? await recordRestored(accepted, context)
    : await recordMark({ ...accepted, mark: sending.mark, worth: sending }, context)
}

/** False when it was sent for another contact, whose lead had the opportunity before: this contact was not marked. */
export const isAbout = ({ uuid }: MarkableContact, sending: Sending): boolean =>
  sending.contact === undefined || sending.contact === uuid

async function didArrive(
  sent: Sending,
  { contact: { uuid }, standing: { history, state } }: AcceptedMark,
  { rd }: JobContext,
): Promise<boolean> {
  if (sent.mark === 'opportunity') {
    const events = await rd.listContactEvents(uuid, 'OPPORTUNITY')
    if (!hasEventSince(events, sent)) return false
  }
  const funnel = await rd.findFunnel({ uuid })
  if (funnel === undefined) return false
  const wasSold = sent.wasSold ?? state.wasSold
  const wasShown = history.marked === 'open' && !state.isHidden
  return isShownBy(funnel, { mark: sent.mark, wasShown, wasSold })
}
