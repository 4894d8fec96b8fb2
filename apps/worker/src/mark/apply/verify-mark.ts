import { message } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { hasEventSince, isShownBy, type Sending, unansweredOf } from '../plan/was-mark-applied.ts'
import { recordMark, recordRestored } from './record-mark.ts'

export interface Unverified {
  readonly opportunityId: string
  readonly contact: MarkableContact
  readonly history: MarkHistory
}

/**
 * Finds out what became of a mark whose answer was lost, before anything else is decided: what is due depends on what was
 * marked. Returns the history without the open question. See docs/behaviour.md#lost-answers.
 */
export async function verifyMark(
  { opportunityId, contact, history }: Unverified,
  context: JobContext,
): Promise<MarkHistory> {
  const unanswered = unansweredOf(history)
  if (unanswered === undefined) return history
  const { sending, restoreSent: _restoreSent, ...answered } = history
  const hasArrived =
    isAbout(contact, unanswered) && (await didArrive(unanswered, { opportunityId, contact, history }, context))
  if (!hasArrived) {
    await context.marks.write(opportunityId, answered)
    return answered
  }
  const accepted = { opportunityId, contact, history: answered }
  context.note(message('mark-found', { mark: unanswered.mark }))
  return sending === undefined
    ? await recordRestored(accepted, context)
    : await recordMark({ ...accepted, mark: sending.mark }, context)
}

/** False when it was sent for another contact, whose lead had the opportunity before: this contact was not marked. */
export const isAbout = ({ uuid }: MarkableContact, sending: Sending): boolean =>
  sending.contact === undefined || sending.contact === uuid

async function didArrive(
  sent: Sending,
  { opportunityId, contact: { uuid }, history }: Unverified,
  { marks, rd, links }: JobContext,
): Promise<boolean> {
  if (sent.mark === 'opportunity') {
    const events = await rd.listContactEvents(uuid, 'OPPORTUNITY')
    if (!hasEventSince(events, sent)) return false
  }
  const funnel = await rd.findFunnel(uuid)
  if (funnel === undefined) return false
  const wasSold = sent.wasSold ?? (await links.wasSold(uuid))
  const wasShown = history.marked === 'open' && !(await marks.isHidden(opportunityId))
  return isShownBy(funnel, { mark: sent.mark, wasShown, wasSold })
}
