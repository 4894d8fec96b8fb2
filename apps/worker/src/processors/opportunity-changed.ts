import { type JobData, type MarkEventName, message, type Message, PermanentFailure } from '@ponte/contracts'
import { markContact } from '../mark/apply/mark-contact.ts'
import { type HeldContacts, lockedContacts, nobodyHeld } from '../mark/observe/locked-contacts.ts'
import { lockedOpportunity, type Recorded } from '../mark/observe/locked-opportunity.ts'
import { type Observed, observeOpportunity } from '../mark/observe/observe-opportunity.ts'
import { type Attempt, attemptBeforeReading, type Run, supersededRound } from '../mark/plan/decide-attempt.ts'
import { nextReading } from '../mark/plan/next-reading.ts'
import { type ConcludePlan, type ContactPlan, planRun, type SkipPlan } from '../mark/plan/plan-run.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { JobDelayed } from '../run/job-delayed.ts'
import { recordFailedRound } from '../status-rd/record-failed-round.ts'
import { recordReading, recordRecovery } from '../status-rd/record-status.ts'
import type { Processor } from './processor.ts'

type Data = JobData<'opportunity.updated'>

/**
 * Brings RD Station up to date with the state in which the opportunity is now, whatever the event said. Serves all events of
 * opportunities alike: the state that is read decides, not the trigger. See docs/behaviour.md#marks.
 */
export const opportunityChanged =
  (event: MarkEventName): Processor<MarkEventName> =>
  (data, context) => {
    let begun: Attempt | undefined
    const run = (): Run => runOf(data, context)
    return {
      run: () =>
        lockedOpportunity(
          data.opportunityId,
          context,
          recorded => bringUpToDate({ data, event, run: run(), recorded }, context, attempt => (begun = attempt)),
          // Another event of the opportunity would try the mark once more if it came before the failed round is recorded.
          { keepsOnFailure: true },
        ),

      afterFailure: failure =>
        lockedOpportunity(data.opportunityId, context, async ({ status }) => {
          const attempt = begun ?? attemptBeforeReading(status, run())
          if (attempt !== undefined) await recordFailedRound({ data, event, attempt, failure, status }, context)
        }),
    }
  }

interface Given {
  readonly data: Data
  readonly event: MarkEventName
  readonly run: Run
  readonly recorded: Recorded
}

/** Observe, plan, apply. */
async function bringUpToDate(
  { data, event, run, recorded }: Given,
  context: JobContext,
  onAttempt: (attempt: Attempt) => void,
): Promise<JobResult> {
  const { waitsFor, ...status } = recorded.status
  const superseded = supersededRound(status, run)
  if (superseded !== undefined) return skipped(superseded)
  // A run that has to have the lock of the contact, as is known before, takes it before it asks TOTVS CRM for anything.
  const awaited = recorded.mark?.pending === true ? recorded.mark.contact : waitsFor
  const uuids = awaited === undefined ? [] : [awaited]
  const { opportunityId } = data
  const subject = { opportunityId, status: recorded.status }
  return await lockedContacts(uuids, nobodyHeld(recorded.mark), subject, context, async held => {
    const observed = await observeOpportunity(data, { ...recorded, status, mark: held.mark }, context)
    if (observed === undefined) return notThere(data, event)
    const plan = planRun(observed, { ...run, event })
    if (plan.kind !== 'skip') onAttempt(plan.attempt)
    await recordReading({ opportunityId, before: recorded.status, after: plan.status }, context)
    if (plan.kind === 'fail') throw plan.failure
    const result = await apply(plan, { observed, held }, context)
    if (plan.readsAgainMs !== undefined) throw new JobDelayed(message('record-behind-event'), plan.readsAgainMs)
    return result
  })
}

async function apply(
  plan: SkipPlan | ConcludePlan | ContactPlan,
  { observed, held }: { readonly observed: Observed; readonly held: HeldContacts },
  context: JobContext,
): Promise<JobResult> {
  if (plan.kind === 'skip') return skipped(plan.summary)
  const ended =
    plan.kind === 'conclude'
      ? { result: skipped(plan.summary), marked: observed.mark.marked, kept: undefined }
      : await markContact(plan, { observed, held, isLast: !plan.isRecovery }, context)
  const kept = ended.kept ?? plan.status.kept
  if (plan.isRecovery || kept !== undefined) {
    const status = { ...plan.status, ...(kept !== undefined && { kept }) }
    await recordRecovery({ ...plan, data: observed.data, marked: ended.marked, status }, context)
  }
  return ended.result
}

const skipped = (summary: Message): JobResult => ({ outcome: 'skipped', summary })

/** The webhook of a new opportunity can be faster than its record. Otherwise somebody has removed it. */
function notThere({ receivedAt, round }: Data, event: MarkEventName): JobResult {
  if (event !== 'opportunity.created' || round !== undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const waitMs = nextReading({ event, outcome: 'none', receivedAt, now: Date.now() })
  if (waitMs !== undefined) throw new JobDelayed(message('record-behind-event'), waitMs)
  return skipped(message('opportunity-gone'))
}

const runOf = ({ round }: Data, { jobId, retry }: JobContext): Run => ({
  jobId,
  retry,
  isRound: round !== undefined,
  now: Date.now(),
})
