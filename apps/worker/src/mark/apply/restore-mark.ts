import { message } from '@ponte/contracts'
import { toOpportunity } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from './read-other-opportunity.ts'
import { sendMark } from './send-mark.ts'

export interface Restoring extends Subject {
  readonly history: MarkHistory
  /** In TOTVS CRM. */
  readonly isOpen: boolean
  /** The end was marked in this run, so the funnel may not show it yet. */
  readonly isFresh: boolean
}

/**
 * The end of one opportunity ends the contact as an opportunity in RD Station. If another one is open, the contact is marked again: by
 * the run that sent the end, or by a later run of one that was reopened since. Returns the history without `restoring`.
 */
export async function restoreMark(subject: Restoring, context: JobContext): Promise<MarkHistory> {
  const { contact, opportunityId } = subject
  const { contactOpportunities, unmarkedOpportunities } = context
  const { restoring, ...history } = subject.history
  const isUnmarked = subject.isOpen && (await unmarkedOpportunities.has(opportunityId))
  if (restoring === undefined && !isUnmarked) return history
  const open = isUnmarked ? 'open' : await findAnotherOpen(subject, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (open === 'unreadable') return subject.history
  if (open === 'open') {
    const isMarked = !subject.isFresh && (await context.rd.findFunnel(contact.uuid))?.opportunity === true
    if (!isMarked) {
      await sendMark(toOpportunity(contact.email), contact, context)
      context.note(message('contact-marked-again'))
    }
    await unmarkedOpportunities.clear([opportunityId, ...(await contactOpportunities.list(contact.uuid))])
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
