import { message } from '@ponte/contracts'
import { toOpportunity } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from '../observe/other-opportunity.ts'
import { sendMark } from './send-mark.ts'

export interface Restoring extends Subject {
  readonly history: MarkHistory
  /** In TOTVS CRM. */
  readonly isOpen: boolean
  /** The end was marked in this run, so the funnel may not show it yet. */
  readonly isFresh: boolean
}

/**
 * When an opportunity ends, RD Station no longer shows the contact as an opportunity, although others may be open. Then the mark is
 * made again, by the run of the one that ended, or of one that was not open at that time and is now. Returns the history without the
 * open question (`restoring`).
 */
export async function restoreMark(subject: Restoring, context: JobContext): Promise<MarkHistory> {
  const { contact, opportunityId } = subject
  const { contactOpportunities, removedMarks } = context
  const { restoring, ...history } = subject.history
  const isRemoved = subject.isOpen && (await removedMarks.has(opportunityId))
  if (restoring === undefined && !isRemoved) return history
  const open = isRemoved ? 'open' : await findAnotherOpen(subject, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (open === 'unreadable') return subject.history
  if (open === 'open') {
    const isMarked = !subject.isFresh && (await context.rd.findFunnel(contact.uuid))?.opportunity === true
    if (!isMarked) {
      await sendMark(toOpportunity(contact.email), contact, context)
      context.note(message('contact-marked-again'))
    }
    await removedMarks.clear([opportunityId, ...(await contactOpportunities.list(contact.uuid))])
  }
  if (restoring !== undefined) await context.marks.write(opportunityId, history)
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
