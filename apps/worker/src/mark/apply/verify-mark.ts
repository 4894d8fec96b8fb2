import { message } from '@ponte/contracts'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'
import { hasEventSince, isShownBy, needsEvents, type Sending } from '../plan/was-mark-applied.ts'
import { recordMark } from './record-mark.ts'

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
  const { sending, ...answered } = history
  if (sending === undefined) return history
  if (!isAbout(contact, sending) || !(await didArrive(sending, { contact, history }, context))) {
    await context.marks.write(opportunityId, answered)
    return answered
  }
  context.note(message('mark-found', { mark: sending.mark }))
  return await recordMark({ mark: sending.mark, opportunityId, contact, history: answered }, context)
}

/** False when it was sent for another contact, whose lead had the opportunity before: this contact was not marked. */
export const isAbout = ({ uuid }: MarkableContact, sending: Sending): boolean =>
  sending.contact === undefined || sending.contact === uuid

async function didArrive(
  sending: Sending,
  { contact: { uuid }, history }: { contact: MarkableContact; history: MarkHistory },
  { rd, links }: JobContext,
): Promise<boolean> {
  if (needsEvents(sending, history)) {
    const events = await rd.listContactEvents(uuid, 'OPPORTUNITY')
    if (!hasEventSince(events, sending)) return false
  }
  const funnel = await rd.findFunnel(uuid)
  if (funnel === undefined) return false
  const wasSold = sending.wasSold ?? (await links.wasSold(uuid))
  return isShownBy(funnel, { ...sending, marked: history.marked, wasSold })
}
