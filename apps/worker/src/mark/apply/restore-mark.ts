import { toOpportunity } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from './read-other-opportunity.ts'
import { recordRestored } from './record-mark.ts'
import { sendMark } from './send-mark.ts'

export interface Restoring extends Subject {
  readonly history: MarkHistory
  /** In TOTVS CRM. */
  readonly isOpen: boolean
}

export interface Restored {
  readonly history: MarkHistory
  readonly isMarkedAgain: boolean
}

/**
 * The end of one opportunity ends the contact as an opportunity in RD Station. If another one is open, the contact is marked again: by
 * the run that sent the end, or by a later run of one that was reopened since.
 */
export async function restoreMark(subject: Restoring, context: JobContext): Promise<Restored> {
  const { contact, opportunityId } = subject
  const { restoring, ...history } = subject.history
  const isHidden = subject.isOpen && (await context.marks.isHidden(opportunityId))
  if (restoring === undefined && !isHidden) return { history, isMarkedAgain: false }
  const open = isHidden ? 'open' : await findAnotherOpen(subject, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (open === 'unreadable') return { history: subject.history, isMarkedAgain: false }
  if (open === undefined) {
    await context.marks.write(opportunityId, history)
    if (history.marked !== 'open') await context.contactOpportunities.forget(contact.uuid, opportunityId)
    return { history, isMarkedAgain: false }
  }
  const before = { ...history, restoring: true }
  await sendMark(
    {
      ...{ body: toOpportunity(contact.email), opportunityId, contact, before },
      during: sent => ({ ...before, restoreSent: sent }),
    },
    context,
  )
  return { history: await recordRestored({ opportunityId, contact, history }, context), isMarkedAgain: true }
}

/** Another one that is open, and whose mark RD Station does not show. */
async function findAnotherOpen(subject: Subject, context: JobContext): Promise<'open' | 'unreadable' | undefined> {
  let isUnreadable = false
  for (const id of await context.contactOpportunities.list(subject.contact.uuid)) {
    if (id === subject.opportunityId || (await context.marks.read(id)).marked !== 'open') continue
    if (!(await context.marks.isHidden(id))) continue
    const other = await readOther(id, subject, context)
    if (other === undefined || (other !== 'unreadable' && other.outcome !== 'open')) continue
    const owner = other === 'unreadable' ? other : await readOwner(other, subject, context)
    if (owner === 'same') return 'open'
    isUnreadable ||= owner === 'unreadable'
  }
  return isUnreadable ? 'unreadable' : undefined
}
