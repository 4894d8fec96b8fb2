import type { RdMark } from '@ponte/contracts'
import { isOutcomeUnknown } from '../../run/is-outcome-unknown.ts'
import type { JobContext } from '../../run/job-context.ts'
import type { MarkableContact } from './find-contact.ts'

/**
 * Sends one mark. RD Station delivers the contact as a lead when it becomes an opportunity, so Ponte records its own mark before the
 * call: that delivery can come before the answer, or although the answer is lost. See docs/behaviour.md#echoes-of-marks.
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
    // If it stayed recorded, a mark that marketing makes within the next minutes would count as Ponte's.
    if (!isOutcomeUnknown(error)) await contactMarks.undo(contact, own).catch(() => undefined)
    throw error
  }
}
