import type { RdMark } from '@ponte/contracts'
import type { JobContext } from '../../run/job-context.ts'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { MarkableContact } from '../observe/find-contact.ts'

/**
 * Sends one mark. RD Station delivers the contact as a lead when it becomes an opportunity: that Ponte did it is kept before the
 * call, because that delivery may come before the answer, or when the answer is lost.
 */
export async function sendMark(
  mark: RdMark,
  contact: MarkableContact,
  { rd, contactMarks }: JobContext,
): Promise<unknown> {
  if (mark.type !== 'OPPORTUNITY') return await rd.sendMark(mark)
  const own = await contactMarks.begin(contact, Date.now())
  try {
    return await rd.sendMark(mark)
  } catch (error) {
    // Kept, it would hide a mark that marketing makes within the next minutes.
    if (!isOutcomeUnknown(error)) await contactMarks.undo(contact, own).catch(() => undefined)
    throw error
  }
}
