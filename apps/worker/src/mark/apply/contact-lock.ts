import { message } from '@ponte/contracts'
import { contactLock } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'
import type { Subject } from './read-other-opportunity.ts'
import { type Sending, unansweredOf } from '../plan/was-mark-applied.ts'
import { isAbout } from './verify-mark.ts'

/** How soon a job comes back that waits for another job to verify a mark. */
const VERIFY_PAUSE_MS = 500

/**
 * Runs `work` that marks one opportunity of a contact: no other job marks anything of the contact meanwhile, and no
 * answer about another opportunity of the contact is missing. Throws JobDelayed when one is.
 */
export const lockedForContact = <Result>(
  { opportunityId, contact }: Pick<Subject, 'opportunityId' | 'contact'>,
  context: JobContext,
  work: () => Promise<Result>,
): Promise<Result> =>
  context.locked([contactLock(contact.uuid)], async () => {
    for (const id of await context.contactOpportunities.list(contact.uuid)) {
      if (id === opportunityId) continue
      const sent = unansweredOf(await context.marks.read(id))
      if (sent !== undefined && isAbout(contact, sent)) throw answerMissing(sent)
    }
    return await work()
  })

export const answerMissing = (sent: Sending | undefined): JobDelayed =>
  new JobDelayed(message('other-answer-lost'), Math.max((sent?.recheckAfter ?? 0) - Date.now(), VERIFY_PAUSE_MS))
