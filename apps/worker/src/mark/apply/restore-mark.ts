import { message } from '@ponte/contracts'
import { toOpportunity } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from '../observe/other-opportunity.ts'
import { sendMark } from './send-mark.ts'

export interface Ended extends Subject {
  readonly history: MarkHistory
  /** The end was marked in this run, so the funnel may not show it yet. */
  readonly isFresh: boolean
}

/**
 * The end of an opportunity takes the contact's mark away from those that are still open: then the mark is made again. Returns
 * the history without that question.
 */
export async function restoreMark(ended: Ended, context: JobContext): Promise<MarkHistory> {
  const { restoring, ...history } = ended.history
  if (restoring === undefined) return history
  const { contact } = ended
  const another = await findAnotherOpen(ended, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (another === 'unreadable') return ended.history
  if (another === 'open') {
    const isMarked = !ended.isFresh && (await context.rd.findFunnel(contact.uuid))?.opportunity === true
    if (!isMarked) {
      await sendMark(toOpportunity(contact.email), contact, context)
      context.note(message('contact-marked-again'))
    }
  }
  await context.marks.write(ended.opportunityId, history)
  return history
}

async function findAnotherOpen(subject: Subject, context: JobContext): Promise<'open' | 'unreadable' | undefined> {
  let isUnreadable = false
  for (const id of await context.contactOpportunities.list(subject.contact.uuid)) {
    if (id === subject.opportunityId || (await context.marks.read(id)).marked !== 'open') continue
    const other = await readOther(id, subject, context)
    if (other === undefined || (other !== 'unreadable' && other.outcome !== 'open')) continue
    const owner = other === 'unreadable' ? other : await readOwner(other, subject, context)
    if (owner === 'same') return 'open'
    isUnreadable ||= owner === 'unreadable'
  }
  return isUnreadable ? 'unreadable' : undefined
}
