import { toOpportunity } from '@ponte/mappers'
import { neverMarked } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { readOther, readOwner, type Subject } from './read-other-opportunity.ts'
import { type IsOver, recordNothingToRestore, recordRestored, type Standing } from './record-mark.ts'
import { sendMark } from './send-mark.ts'

export interface Restoring extends Subject {
  readonly standing: Standing
  /** In TOTVS CRM. */
  readonly isOpen: boolean
  readonly isOver: IsOver
}

export interface Restored {
  readonly standing: Standing
  readonly isMarkedAgain: boolean
}

/**
 * The end of one opportunity ends the contact as an opportunity in RD Station. If another one is open, the contact is marked again: by
 * the run that sent the end, or by a later run of one that was reopened since.
 */
export async function restoreMark(subject: Restoring, context: JobContext): Promise<Restored> {
  const { contact, opportunityId, standing, isOver } = subject
  const { state } = standing
  if (!hasToRestore(subject)) return { standing, isMarkedAgain: false }
  const { restoring: _restoring, ...history } = standing.history
  const isHidden = subject.isOpen && state.isHidden
  const open = isHidden ? 'open' : await findAnotherOpen(subject, context)
  // Asked again with the next event: what cannot be read now may be open.
  if (open === 'unreadable') return { standing, isMarkedAgain: false }
  const accepted = { opportunityId, contact, standing: { history, state } }
  if (open === undefined) {
    return { standing: await recordNothingToRestore(accepted, context, isOver), isMarkedAgain: false }
  }
  const before = { ...history, restoring: true }
  await sendMark(
    {
      ...{ body: toOpportunity(contact.email), opportunityId, contact, before },
      during: sent => ({ ...before, restoreSent: sent }),
      // A later opportunity may have taken it off the list; the others have to ask what became of this mark.
      changes: [context.contactOpportunities.rememberingOf(contact.uuid, opportunityId)],
    },
    context,
  )
  return { standing: await recordRestored(accepted, context, isOver), isMarkedAgain: true }
}

/** An end of this opportunity hid others, or the end of another one hid this one, which is open. */
const hasToRestore = ({ standing: { history, state }, isOpen }: Pick<Restoring, 'standing' | 'isOpen'>): boolean =>
  history.restoring !== undefined || (isOpen && state.isHidden)

/** Another one that is open, and whose mark RD Station does not show. */
async function findAnotherOpen(subject: Restoring, context: JobContext): Promise<'open' | 'unreadable' | undefined> {
  let isUnreadable = false
  for (const id of await listHidden(subject.standing.state.others, context)) {
    const other = await readOther(id, subject, context)
    if (other === undefined || (other !== 'unreadable' && other.outcome !== 'open')) continue
    const owner = other === 'unreadable' ? other : await readOwner(other, subject, context)
    if (owner === 'same') return 'open'
    isUnreadable ||= owner === 'unreadable'
  }
  return isUnreadable ? 'unreadable' : undefined
}

/** Those that were marked as open and that RD Station does not show. */
async function listHidden(ids: readonly string[], { marks, underLocks }: JobContext): Promise<readonly string[]> {
  if (ids.length === 0) return []
  const each = ids.map(id => ({ id, history: marks.readingOf(id), hidden: marks.hiddenOf(id) }))
  const valueOf = await underLocks({ readings: each.flatMap(({ history, hidden }) => [history, hidden]) })
  return each.flatMap(({ id, history, hidden }) =>
    (valueOf(history) ?? neverMarked).marked === 'open' && valueOf(hidden) ? [id] : [],
  )
}
