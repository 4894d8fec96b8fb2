import { message } from '@ponte/contracts'
import type { JobContext, JobResult } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'
import { needsRecovery, recordRecovery } from '../../status-rd/record-status.ts'
import type { HeldContacts } from '../observe/locked-contacts.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import type { ConcludePlan, ContactPlan, Plan, SkipPlan } from '../plan/plan-run.ts'
import { type Marked, markContact } from './mark-contact.ts'

interface Situation {
  readonly observed: Observed
  readonly held: HeldContacts
}

/** Carries out what a run has to do, under the opportunity's lock. */
export async function applyPlan(plan: Plan, situation: Situation, context: JobContext): Promise<JobResult> {
  if (plan.kind === 'fail') throw plan.failure
  const result = await resultOf(plan, situation, context)
  if (plan.readsAgainMs !== undefined) throw new JobDelayed(message('record-behind-event'), plan.readsAgainMs)
  return result
}

async function resultOf(
  plan: SkipPlan | ConcludePlan | ContactPlan,
  situation: Situation,
  context: JobContext,
): Promise<JobResult> {
  if (plan.kind === 'skip') return { outcome: 'skipped', summary: plan.summary }
  const { result, marked, kept = plan.status.kept } = await bringUpToDate(plan, situation, context)
  const status = { ...plan.status, ...(kept !== undefined && { kept }) }
  await recordRecovery({ ...plan, data: situation.observed.data, marked, status }, context)
  return result
}

async function bringUpToDate(
  plan: ConcludePlan | ContactPlan,
  situation: Situation,
  context: JobContext,
): Promise<Marked> {
  const { marked } = situation.observed.mark
  if (plan.kind === 'conclude')
    return { result: { outcome: 'skipped', summary: plan.summary }, marked, kept: undefined }
  return await markContact(plan, { ...situation, isLast: !needsRecovery(plan.reading, plan.status) }, context)
}
