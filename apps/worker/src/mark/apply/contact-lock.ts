import { message } from '@ponte/contracts'
import { contactLock, type MarkHistory, neverMarked } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'
import type { Subject } from './read-other-opportunity.ts'
import { type Sending, unansweredOf } from '../plan/was-mark-applied.ts'
import { isAbout } from './verify-mark.ts'

/** How soon a job comes back that waits for another job to verify a mark. */
const VERIFY_PAUSE_MS = 500

/** What is recorded of a contact besides the history of the opportunity that is marked. A job that opens an opportunity may add to `others` without the lock. */
export interface ContactState {
  /** The other opportunities of the contact that Ponte knows. */
  readonly others: readonly string[]
  readonly wasSold: boolean
  /** The opportunity was marked as open, and another one ended since. */
  readonly isHidden: boolean
}

/**
 * Runs `work` that marks one opportunity of a contact: no other job marks anything of the contact meanwhile, and no
 * answer about another opportunity of the contact is missing. Throws JobDelayed when one is.
 */
export const lockedForContact = <Result>(
  subject: Pick<Subject, 'opportunityId' | 'contact'>,
  context: JobContext,
  work: (state: ContactState) => Promise<Result>,
): Promise<Result> =>
  lockedContact(subject, context, async state => {
    for (const history of (await readHistories(state.others, context)).values()) {
      const sent = unansweredOf(history)
      if (sent !== undefined && isAbout(subject.contact, sent)) throw answerMissing(sent)
    }
    return await work(state)
  })

/** Runs `work` under the contact's lock: taking it and reading are one step. */
export function lockedContact<Result>(
  { opportunityId, contact: { uuid } }: Pick<Subject, 'opportunityId' | 'contact'>,
  { locked, marks, links, contactOpportunities }: JobContext,
  work: (state: ContactState) => Promise<Result>,
): Promise<Result> {
  const opportunities = contactOpportunities.readingOf(uuid)
  const sold = links.soldOf(uuid)
  const hidden = marks.hiddenOf(opportunityId)
  return locked(
    [contactLock(uuid)],
    valueOf => {
      const others = valueOf(opportunities).filter(id => id !== opportunityId)
      return work({ others, wasSold: valueOf(sold), isHidden: valueOf(hidden) })
    },
    { readings: [opportunities, sold, hidden] },
  )
}

/** What is recorded of these opportunities. */
export async function readHistories(
  ids: readonly string[],
  { marks, underLocks }: JobContext,
): Promise<ReadonlyMap<string, MarkHistory>> {
  if (ids.length === 0) return new Map()
  const readings = ids.map(id => ({ id, reading: marks.readingOf(id) }))
  const valueOf = await underLocks({ readings: readings.map(({ reading }) => reading) })
  return new Map(readings.map(({ id, reading }) => [id, valueOf(reading) ?? neverMarked]))
}

export const answerMissing = (sent: Sending | undefined): JobDelayed =>
  new JobDelayed(message('other-answer-lost'), Math.max((sent?.recheckAfter ?? 0) - Date.now(), VERIFY_PAUSE_MS))
