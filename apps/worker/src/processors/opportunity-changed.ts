import {
  type JobData,
  type LastMark,
  type MarkEventName,
  message,
  PermanentFailure,
  type SkipReason,
} from '@ponte/contracts'
import { type Difference, differenceOf } from '@ponte/operations'
import { type MarkRecord, neverMarked } from '@ponte/state'
import { planMarks } from '../mark/plan/plan-marks.ts'
import {
  type ConcludePlan,
  type ContactPlan,
  differenceMessage,
  nextReading,
  nothingDue,
  planRun,
} from '../mark/plan/plan-run.ts'
import { findContacts } from '../mark/read/find-contact.ts'
import { type HeldContacts, lockedContacts, lockedOpportunity, type Recorded } from '../mark/read/locked-records.ts'
import { findOpportunity, type ReadOpportunity, readOpportunity } from '../mark/read/read-opportunity.ts'
import { makeMarks } from '../mark/record/make-marks.ts'
import { adoptIfOld } from '../mark/resolve/before-our-time.ts'
import { resolveContact } from '../mark/resolve/resolve-contact.ts'
import type { JobResult, MarkContext, Processor } from '../run/job-context.ts'
import { JobDelayed } from '../calls/job-delayed.ts'
import { type Round, roundBeforeReading, type Run, supersededRound } from '../status-rd/decide-round.ts'
import { recordFailedRound } from '../status-rd/record-failed-round.ts'
import { hasToSay, recordReading, recordRecovery } from '../status-rd/record-status.ts'

type Data = JobData<'opportunity.updated'>

/** How soon a job comes back when another job has marked its opportunity after this one read it. */
const READ_AGAIN_MS = 200

/**
 * Brings RD Station up to date with the opportunity's present state. Serves all events of opportunities alike: the state that is read
 * decides, not the event. It reads, resolves what is in doubt, plans, and records what it does: first the opportunity, then the contact
 * (`markContact`). See docs/behaviour/marks.md.
 */
export const opportunityChanged =
  (event: MarkEventName): Processor<MarkEventName> =>
  (data, context) => {
    const { opportunityId } = data
    /** Which round this run is, once it is planned. */
    let round: Round | undefined
    return {
      run: () =>
        // Kept until the failed round is recorded: otherwise another event would try the mark again.
        lockedOpportunity(opportunityId, context, bringUpToDate, { keepsOnFailure: true }),

      afterFailure: failure =>
        lockedOpportunity(opportunityId, context, async ({ status }) => {
          const failed = round ?? roundBeforeReading(status, runOf(data, context))
          if (failed !== undefined) await recordFailedRound({ data, event, round: failed, failure, status }, context)
        }),
    }

    async function bringUpToDate(recorded: Recorded): Promise<JobResult> {
      const run = runOf(data, context)
      // `waitsFor` is left out, so that `recordReading` drops it from the record.
      const { waitsFor, ...status } = recorded.status
      const superseded = supersededRound(status, run)
      if (superseded !== undefined) return skipped(superseded)
      // If the contact is known already, its lock is taken before TOTVS CRM is read.
      const awaited = (recorded.mark?.pending === true ? recorded.mark.contact : undefined) ?? waitsFor
      const uuids = awaited === undefined ? [] : [awaited]
      const nobody = { contacts: new Map(), recorded: recorded.mark }
      return await lockedContacts(uuids, nobody, { opportunityId, status: recorded.status }, context, async locked => {
        const found = await findOpportunity(data, context)
        if (found === undefined) return notThere(data, event)
        const known =
          locked.recorded === undefined
            ? await adoptIfOld(found, recorded.served, context)
            : { recorded: locked.recorded, isAdopted: false }
        const read = await readOpportunity({ ...found, ...known, status }, context)

        const plan = planRun(read, { ...run, event })
        if (plan.kind !== 'skip') ({ round } = plan)
        await recordReading({ opportunityId, before: recorded.status, after: read.status }, context)
        if (plan.kind === 'fail') throw plan.failure
        const result = plan.kind === 'skip' ? skipped(plan.summary) : await report(plan, { read, locked }, context)
        if (plan.readsAgainMs !== undefined) throw new JobDelayed(message('record-behind-event'), plan.readsAgainMs)
        return result
      })
    }
  }

const runOf = ({ round }: Data, { jobId, retry }: MarkContext): Run => ({
  jobId,
  retry,
  isRound: round !== undefined,
  now: Date.now(),
})

const skipped = (summary: SkipReason): JobResult => ({ outcome: 'skipped', summary })

/** The webhook of a new opportunity can be faster than its record. After the wait, or for another event, somebody has removed it. */
function notThere({ receivedAt, round }: Data, event: MarkEventName): JobResult {
  if (event !== 'opportunity.created' || round !== undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const waitMs = nextReading({ event, outcome: 'none', receivedAt, now: Date.now() })
  if (waitMs !== undefined) throw new JobDelayed(message('record-behind-event'), waitMs)
  return skipped(message('opportunity-gone'))
}

interface Given {
  readonly read: ReadOpportunity
  readonly locked: HeldContacts
}

/** What one run did. */
interface Done {
  readonly result: JobResult
  /** What was reported to RD Station of the opportunity, by this run or an earlier one. */
  readonly marked: LastMark
  /** The end that stays with the contact that had the opportunity before. */
  readonly kept: 'won' | 'lost' | undefined
  /** Another value or reason was reported to RD Station than TOTVS CRM has now. */
  readonly difference: Difference | undefined
  /** `recordRecovery` follows. */
  readonly isSaid: boolean
}

/** Marks the contact if something may be due, and has `statusRD` say how a failure ended. */
async function report(plan: ContactPlan | ConcludePlan, given: Given, context: MarkContext): Promise<JobResult> {
  const { data, reading, status } = given.read
  const { result, marked, kept, difference, isSaid } =
    plan.kind === 'contact' ? await markContact(plan, given, context) : conclude(plan, given.read)
  if (difference !== undefined) context.note(differenceMessage(difference))
  if (isSaid) {
    const after = { ...status, ...(kept !== undefined && { kept }) }
    await recordRecovery({ data, reading, round: plan.round, marked, difference, status: after }, context)
  }
  return result
}

function conclude({ summary, difference, isRecovery }: ConcludePlan, { recorded, status }: ReadOpportunity): Done {
  const isSaid = hasToSay({ isRecovery, kept: undefined, difference }, status)
  return { result: skipped(summary), marked: recorded.marked, kept: undefined, difference, isSaid }
}

/** Brings the contact of the opportunity up to date, and first the contact that had it before. */
async function markContact(plan: ContactPlan, { read, locked: before }: Given, context: MarkContext): Promise<Done> {
  const { data, opportunity, isAdopted, status } = read
  const { lead, outcome, isRecovery, acceptsNoValue } = plan
  const { opportunityId } = data
  const found = await findContacts(read, { lead, afresh: plan.isSoughtAnew }, context)
  const uuids = [found.former, found.contact?.uuid].filter(uuid => uuid !== undefined)
  return await lockedContacts(uuids, before, { opportunityId, status }, context, async locked => {
    if (uuids.length > 0 && !isSame(locked.recorded ?? neverMarked, read.recorded))
      throw new JobDelayed(message('record-locked'), READ_AGAIN_MS)

    const resolved = await resolveContact({ plan, read, found, locked }, context)
    const { kept, isUnmarked, notes, recorded } = resolved.former
    if ('skipped' in resolved) {
      const result: JobResult = { outcome: isUnmarked ? 'done' : 'skipped', summary: [...notes, resolved.skipped] }
      const isSaid = hasToSay({ isRecovery, kept, difference: undefined }, status)
      return { kept, difference: undefined, isSaid, marked: recorded.marked, result }
    }

    const { rdStation: settings } = context.tenant.settings
    const marks = planMarks({ ...resolved, opportunity, outcome, settings, acceptsNoValue })
    for (const note of marks.notes) context.note(note)
    // A mark that is due reports the present worth.
    const difference = differenceOf(resolved.own, { opportunity, outcome })

    const isSaid = hasToSay({ isRecovery, kept, difference }, status)
    const made = await makeMarks(marks, { opportunityId, contact: resolved.held, isLast: !isSaid }, context)
    const summary = [...notes, ...made.notes]
    const result: JobResult =
      made.notes.length > 0 || isUnmarked
        ? { outcome: 'done', summary }
        : {
            outcome: 'skipped',
            summary: [...notes, nothingDue({ recorded: resolved.own, isAdopted, opportunity, outcome })],
          }
    return { kept, difference, isSaid, marked: made.marked, result }
  })
}

/** No other job has marked the opportunity since it was read in TOTVS CRM. */
const isSame = (one: MarkRecord, other: MarkRecord): boolean =>
  one.marked === other.marked && one.contact === other.contact && one.pending === other.pending
