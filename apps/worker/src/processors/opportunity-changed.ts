import { type JobData, type MarkEventName, message, PermanentFailure, type SkipReason } from '@ponte/contracts'
import { markContact } from '../mark/apply/mark-contact.ts'
import { type HeldContacts, lockedContacts, lockedOpportunity, type Recorded } from '../mark/observe/locked-records.ts'
import { type Observed, observeOpportunity } from '../mark/observe/observe-opportunity.ts'
import { type Attempt, attemptBeforeReading, type Run, supersededRound } from '../mark/plan/decide-attempt.ts'
import { type ConcludePlan, type ContactPlan, differenceMessage, nextReading, planRun } from '../mark/plan/plan-run.ts'
import type { JobResult, MarkContext, Processor } from '../run/job-context.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { recordFailedRound } from '../status-rd/record-failed-round.ts'
import { hasToSay, recordReading, recordRecovery } from '../status-rd/record-status.ts'

type Data = JobData<'opportunity.updated'>

/**
 * Brings RD Station up to date with the opportunity's present state. Serves all events of opportunities alike: the state that is read
 * decides, not the event. See docs/behaviour/marks.md.
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
          // Kept until the failed round is recorded: otherwise another event would try the mark again.
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

/** Observes the opportunity, records what `statusRD` shows, plans, and applies the plan. */
async function bringUpToDate(
  { data, event, run, recorded }: Given,
  context: MarkContext,
  onAttempt: (attempt: Attempt) => void,
): Promise<JobResult> {
  // `waitsFor` is left out, so that `recordReading` drops it from the record.
  const { waitsFor, ...status } = recorded.status
  const superseded = supersededRound(status, run)
  if (superseded !== undefined) return skipped(superseded)
  // If the contact is known already, its lock is taken before TOTVS CRM is read.
  const awaited = (recorded.mark?.pending === true ? recorded.mark.contact : undefined) ?? waitsFor
  const uuids = awaited === undefined ? [] : [awaited]
  const { opportunityId } = data
  const subject = { opportunityId, status: recorded.status }
  const nobody = { contacts: new Map(), mark: recorded.mark }
  return await lockedContacts(uuids, nobody, subject, context, async held => {
    const observed = await observeOpportunity(data, { ...recorded, status, mark: held.mark }, context)
    if (observed === undefined) return notThere(data, event)
    const plan = planRun(observed, { ...run, event })
    if (plan.kind !== 'skip') onAttempt(plan.attempt)
    await recordReading({ opportunityId, before: recorded.status, after: observed.status }, context)
    if (plan.kind === 'fail') throw plan.failure
    const result = plan.kind === 'skip' ? skipped(plan.summary) : await apply(plan, { observed, held }, context)
    if (plan.readsAgainMs !== undefined) throw new JobDelayed(message('record-behind-event'), plan.readsAgainMs)
    return result
  })
}

interface Seen {
  readonly observed: Observed
  readonly held: HeldContacts
}

/** Marks the contact if something may be due, and has `statusRD` say how a failure ended. */
async function apply(
  plan: ContactPlan | ConcludePlan,
  { observed, held }: Seen,
  context: MarkContext,
): Promise<JobResult> {
  const { data, reading, status, mark } = observed
  const { result, marked, kept, difference } =
    plan.kind === 'contact'
      ? await markContact(plan, { observed, held }, context)
      : { result: skipped(plan.summary), marked: mark.marked, kept: undefined, difference: plan.difference }
  if (difference !== undefined) context.note(differenceMessage(difference))
  if (hasToSay({ isRecovery: plan.isRecovery, kept, difference }, status)) {
    const after = { ...status, ...(kept !== undefined && { kept }) }
    await recordRecovery({ data, reading, attempt: plan.attempt, marked, difference, status: after }, context)
  }
  return result
}

const skipped = (summary: SkipReason): JobResult => ({ outcome: 'skipped', summary })

/** The webhook of a new opportunity can be faster than its record. After the wait, or for another event, somebody has removed it. */
function notThere({ receivedAt, round }: Data, event: MarkEventName): JobResult {
  if (event !== 'opportunity.created' || round !== undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const waitMs = nextReading({ event, outcome: 'none', receivedAt, now: Date.now() })
  if (waitMs !== undefined) throw new JobDelayed(message('record-behind-event'), waitMs)
  return skipped(message('opportunity-gone'))
}

const runOf = ({ round }: Data, { jobId, retry }: MarkContext): Run => ({
  jobId,
  retry,
  isRound: round !== undefined,
  now: Date.now(),
})
