import { type JobData, type MarkEventName, message, PermanentFailure, type SkipReason } from '@ponte/contracts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { type MarkedContact, markContact } from '../mark/mark-contact.ts'
import { type ConcludePlan, differenceMessage, nextReading, planRun } from '../mark/plan/plan-run.ts'
import { type HeldContacts, lockContacts, lockOpportunity } from '../mark/read/locked-records.ts'
import { readLeadAndStatus, readOpportunity } from '../mark/read/read-opportunity.ts'
import { adoptIfOld } from '../mark/resolve/before-our-time.ts'
import type { JobContext, JobResult, Processor } from '../run/job-context.ts'
import { type Round, roundBeforeReading, type Run, supersededRound } from '../status-rd/decide-round.ts'
import { recordFailedRound } from '../status-rd/record-failed-round.ts'
import { hasToSay, recordReading, recordRecovery } from '../status-rd/record-status.ts'

type Data = JobData<'opportunity.updated'>

/**
 * Brings RD Station up to date with the opportunity's present state. Serves all events of opportunities alike: the state that is read
 * decides, not the event. It reads the opportunity, plans the run, brings the contact up to date (`markContact`), and has `statusRD` say how
 * a failure ended. See docs/behaviour/marks.md.
 */
export const opportunityChanged =
  (event: MarkEventName): Processor<MarkEventName> =>
  (data, context) => {
    const { opportunityId } = data
    /** Which round this run is, once it is planned. */
    let round: Round | undefined
    return {
      async run() {
        const run = runOf(data, context)
        const stored = await lockOpportunity(opportunityId, context)
        // `waitsFor` is left out, so that `recordReading` drops it from the record.
        const { waitsFor, ...status } = stored.status
        const superseded = run.isRound ? supersededRound(status, run) : undefined
        if (superseded !== undefined) return skipped(superseded)
        // If the contact is known already, its lock is taken before TOTVS CRM is read.
        const awaited = (stored.mark?.pending === true ? stored.mark.contact : undefined) ?? waitsFor
        const nobody: HeldContacts = { contacts: new Map(), recorded: stored.mark }
        const held =
          awaited === undefined
            ? nobody
            : await lockContacts([awaited], nobody, { opportunityId, status: stored.status }, context)
        const current = await readOpportunity(data, context)
        if (current === undefined) return notThere(data, event)
        // Before the lead is read: should that fail, a later change is still marked.
        const known =
          held.recorded === undefined
            ? await adoptIfOld(current, stored.served, context)
            : { recorded: held.recorded, isAdopted: false }
        const read = { ...current, ...known, ...(await readLeadAndStatus(current, status, context)) }

        const plan = planRun(read, { ...run, event })
        if (plan.kind !== 'skip') ({ round } = plan)
        await recordReading({ opportunityId, before: stored.status, after: read.status }, context)
        if (plan.kind === 'fail') throw plan.failure
        let result: JobResult
        if (plan.kind === 'skip') result = skipped(plan.summary)
        else {
          const marked =
            plan.kind === 'contact'
              ? await markContact(plan, read, held, context)
              : concluded(plan, known.recorded.marked)
          const { kept, difference } = marked
          if (difference !== undefined) context.note(differenceMessage(difference))
          if (hasToSay({ isRecovery: plan.isRecovery, kept, difference }, read.status))
            await recordRecovery({ ...read, ...marked, round: plan.round }, context)
          ;({ result } = marked)
        }
        if (plan.readsAgainMs !== undefined) throw new JobDelayed(message('record-behind-event'), plan.readsAgainMs)
        return result
      },

      // The opportunity's lock is held until the failed round is recorded: otherwise another event would try the mark again.
      async afterFailure(failure) {
        const { status } = await lockOpportunity(opportunityId, context)
        const failed = round ?? roundBeforeReading(status, runOf(data, context))
        if (failed !== undefined) await recordFailedRound({ data, event, round: failed, failure, status }, context)
      },
    }
  }

const runOf = ({ round }: Data, { jobId, retry }: JobContext): Run => ({
  jobId,
  retry,
  isRound: round !== undefined,
  now: Date.now(),
})

const skipped = (summary: SkipReason): JobResult => ({ outcome: 'skipped', summary })

const concluded = ({ summary, difference }: ConcludePlan, marked: MarkedContact['marked']): MarkedContact => ({
  ...{ result: skipped(summary), marked, kept: undefined, difference },
})

/** The webhook of a new opportunity can be faster than its record. After the wait, or for another event, somebody has removed it. */
function notThere({ receivedAt, round }: Data, event: MarkEventName): JobResult {
  if (event !== 'opportunity.created' || round !== undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const waitMs = nextReading({ event, outcome: 'none', receivedAt, now: Date.now() })
  if (waitMs !== undefined) throw new JobDelayed(message('record-behind-event'), waitMs)
  return skipped(message('opportunity-gone'))
}
