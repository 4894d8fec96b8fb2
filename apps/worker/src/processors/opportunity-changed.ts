import { randomUUID } from 'node:crypto'
import type { JobData, MarkEventName } from '@ponte/contracts'
import { neverMarked } from '@ponte/state'
import { applyPlan } from '../mark/apply/apply-plan.ts'
import { lockedOpportunity, type Recorded } from '../mark/observe/locked-opportunity.ts'
import { observeOpportunity } from '../mark/observe/observe-opportunity.ts'
import { type Attempt, attemptBeforeReading, type Run, supersededRound } from '../mark/plan/decide-attempt.ts'
import { planRun } from '../mark/plan/plan-run.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { recordFailedRound } from '../status-rd/record-failed-round.ts'
import { recordReading } from '../status-rd/record-reading.ts'
import type { Processor } from './processor.ts'

/**
 * Brings RD Station up to date with the state in which the opportunity is now, whatever the event said. Serves all events of
 * opportunities alike: the state that is read decides, not the trigger. See docs/behaviour.md#marks.
 */
export const opportunityChanged: Processor<MarkEventName> = (data, context) => {
  let begun: Attempt | undefined
  const { opportunityId } = data
  return {
    run: () =>
      lockedOpportunity(
        opportunityId,
        context,
        recorded => bringUpToDate(data, recorded, context, attempt => (begun = attempt)),
        // Another event of the opportunity would try the mark once more if it came before the failed round is recorded.
        { keepsOnFailure: true },
      ),

    afterFailure: failure =>
      lockedOpportunity(opportunityId, context, async ({ history: recorded }) => {
        const attempt = begun ?? attemptBeforeReading(data, recorded ?? neverMarked, runOf(context))
        if (attempt !== undefined) await recordFailedRound({ data, attempt, failure, recorded }, context)
      }),
  }
}

/** Observe, plan, apply. What needs RD Station, or the contact's lock, is read while the plan is applied: `markContact` in apply-plan.ts. */
async function bringUpToDate(
  data: JobData<'opportunity.updated'>,
  recorded: Recorded,
  context: JobContext,
  onAttempt: (attempt: Attempt) => void,
): Promise<JobResult> {
  const superseded = supersededRound(data, recorded.history ?? neverMarked, context)
  if (superseded !== undefined) return { outcome: 'skipped', summary: superseded }
  const observed = await observeOpportunity(data, recorded, context)
  const plan = planRun(observed, runOf(context))
  if (plan.kind !== 'skip') onAttempt(plan.attempt)
  await recordReading({ opportunityId: data.opportunityId, before: observed.recorded, after: plan.history }, context)
  return await applyPlan(plan, observed, context)
}

const runOf = ({ jobId, stalled }: JobContext): Run => ({
  jobId,
  stalled,
  now: Date.now(),
  newAttemptId: randomUUID(),
})
