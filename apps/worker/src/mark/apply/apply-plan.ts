import { type Message, message, PermanentFailure } from '@ponte/contracts'
import { marksDue, toSale } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext, JobResult } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'
import { needsRecovery, recordRecovery } from '../../status-rd/record-recovery.ts'
import { findContact, type FoundContact } from './find-contact.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { type ListPlan, type MarkPlan, nothingDue, type Plan } from '../plan/plan-run.ts'
import { completeEarlierOpportunities } from './complete-earlier.ts'
import { lockedForContact } from './contact-lock.ts'
import type { IsOver } from './record-mark.ts'
import { restoreMark } from './restore-mark.ts'
import { sendMarks } from './send-marks.ts'
import { verifyMark } from './verify-mark.ts'

/** Carries out what a run has to do, under the opportunity's lock. */
export async function applyPlan(plan: Plan, observed: Observed, context: JobContext): Promise<JobResult> {
  switch (plan.kind) {
    case 'skip':
      return { outcome: 'skipped', summary: plan.summary }
    case 'fail':
      throw plan.failure
    case 'conclude':
      await recordRecovery({ ...plan, data: observed.data }, context)
      return { outcome: 'skipped', summary: plan.summary }
    case 'list':
      return await listOpportunity(plan, observed, context)
    case 'mark':
      return await markContact(plan, observed, context)
  }
}

/**
 * What is due for the contact is read here, under its lock, and not before: each of these reads costs a call that most runs do not
 * need, and another job may change what is marked until the lock is held.
 */
async function markContact(plan: MarkPlan, observed: Observed, context: JobContext): Promise<JobResult> {
  const { data, opportunity } = observed
  const { lead, outcome, history, attempt } = plan
  const conclude = async (current: MarkHistory, result: JobResult): Promise<JobResult> => {
    await recordRecovery({ ...plan, data, history: current }, context)
    return result
  }

  const contact = await findContact(lead, context, { afresh: attempt.humanAction !== undefined })
  if (contact === undefined) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
  if ('skipped' in contact) return await conclude(history, { outcome: 'skipped', summary: contact.skipped })
  waitUntilOldEnough(contact, context)

  const { opportunityId, contextUrl, receivedAt } = data
  const { isOpening, reading } = plan
  const subject = { opportunityId, leadId: lead.id, contextUrl, contact, receivedAt }
  await completeEarlierOpportunities({ ...subject, isOpening, known: contact.opportunities }, context)
  return await lockedForContact(subject, context, async state => {
    const isOpen = outcome === 'open'
    const verified = await verifyMark({ opportunityId, contact, standing: { history, state } }, context)
    // Not before: a mark whose answer was lost may have been made, or may have to be made again.
    const due = marksDue(outcome, verified.history.marked)
    const hasRecovered: IsOver = recorded => !needsRecovery(reading, recorded)
    const marked = await sendMarks(
      {
        ...{ due, opportunity, contact, standing: verified },
        isOver: recorded => recorded.restoring === undefined && hasRecovered(recorded),
      },
      context,
    )
    const { standing, isMarkedAgain } = await restoreMark(
      { ...subject, standing: marked, isOpen, isOver: hasRecovered },
      context,
    )
    const done = [
      ...(due.length > 0 ? [message('marked', { marks: due })] : []),
      ...(due.includes('sale') ? saleValue(opportunity, context) : []),
      ...(isMarkedAgain ? [message('contact-marked-again')] : []),
    ]
    return await conclude(
      standing.history,
      done.length > 0
        ? { outcome: 'done', summary: done }
        : { outcome: 'skipped', summary: nothingDue(standing.history) },
    )
  })
}

/** For the timeline; an opportunity without a value has a note in the log of its job. */
function saleValue(opportunity: Observed['opportunity'], { tenant }: JobContext): readonly Message[] {
  const { maxSaleValue } = tenant.settings.rdStation
  const { value } = toSale(opportunity, '', { maxSaleValue }).mark
  return value > 0 ? [message('sale-value', { reais: value })] : []
}

/** An adopted opportunity without a contact that could be marked stays out of the list: nothing is wrong with that. */
async function listOpportunity(plan: ListPlan, { data }: Observed, context: JobContext): Promise<JobResult> {
  const { opportunityId } = data
  const contact = await findContact(plan.lead, context)
  const { unlisted: _unlisted, ...history } = plan.history
  await context.underLocks({
    changes: [
      ...(contact !== undefined && 'uuid' in contact
        ? [context.contactOpportunities.rememberingOf(contact.uuid, opportunityId)]
        : []),
      ...context.marks.writingOf(opportunityId, history),
    ],
  })
  await recordRecovery({ ...plan, data, history }, context)
  return { outcome: 'skipped', summary: plan.summary }
}

/** RD Station can drop the marks of a contact that it created in the last minutes. See docs/behaviour.md#new-contacts. */
function waitUntilOldEnough({ createdAt }: FoundContact, { tenant }: JobContext): void {
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  // If a clock runs ahead, a contact waits no longer than a new one.
  const leftMs = Math.min(createdAt + minAgeMs - Date.now(), minAgeMs)
  if (leftMs > 0) throw new JobDelayed(message('contact-too-new'), leftMs)
}
