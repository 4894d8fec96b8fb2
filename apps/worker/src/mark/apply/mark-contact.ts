import { message, type Message, PermanentFailure } from '@ponte/contracts'
import { lacksValue } from '@ponte/mappers'
import { type Difference, differenceOf } from '@ponte/operations'
import { isValueExpected, type MarkRecord, neverMarked } from '@ponte/state'
import type { MarkContext, JobResult } from '../../run/job-context.ts'
import { JobDelayed } from '../../calls/job-delayed.ts'
import { findContact, waitUntilOldEnough } from '../observe/find-contact.ts'
import { type HeldContact, type HeldContacts, lockedContacts } from '../observe/locked-records.ts'
import { observeContact } from '../observe/observe-contact.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import type { Other } from '../observe/read-others.ts'
import { type MarkStep, planMarks } from '../plan/plan-marks.ts'
import { type ContactPlan, nothingDue } from '../plan/plan-run.ts'
import { hasToSay } from '../../status-rd/record-status.ts'
import { carryOut } from './carry-out.ts'
import { type Former, leaveFormer } from './leave-former.ts'

/** How soon a job comes back when another job has marked its opportunity after this one read it. */
const READ_AGAIN_MS = 200

/** What one run did with its contact. */
export interface MarkedContact {
  readonly result: JobResult
  /** What was reported to RD Station of the opportunity, by this run or an earlier one. */
  readonly marked: MarkRecord['marked']
  /** The end that stays with the contact that had the opportunity before. */
  readonly kept: 'won' | 'lost' | undefined
  /** Another value or reason was reported to RD Station than TOTVS CRM has now. */
  readonly difference: Difference | undefined
}

/** Brings the contact of an opportunity up to date: finds it, and under its lock observes it, plans its marks and makes them. */
export async function markContact(
  plan: ContactPlan,
  { observed, held }: { readonly observed: Observed; readonly held: HeldContacts },
  context: MarkContext,
): Promise<MarkedContact> {
  const { data, mark, opportunity, isAdopted, status } = observed
  const { outcome } = plan
  const { opportunityId } = data
  const found = await findContact(plan.lead, context, { afresh: plan.isSoughtAnew })
  const contact = found !== undefined && 'uuid' in found ? found : undefined
  const former = formerContact(observed, contact?.uuid)
  if (contact !== undefined) waitUntilOldEnough(contact, data, context)
  const uuids = [former, contact?.uuid].filter(uuid => uuid !== undefined)
  return await lockedContacts(uuids, held, { opportunityId, status }, context, async ({ contacts, mark: recorded }) => {
    if (uuids.length > 0 && !isSame(recorded ?? neverMarked, mark)) {
      throw new JobDelayed(message('record-locked'), READ_AGAIN_MS)
    }
    const left: Former =
      former === undefined
        ? { mark, notes: [], isUnmarked: false, kept: undefined }
        : await leaveFormer(heldOf(contacts, former), observed, context)
    const { kept, isUnmarked } = left
    if (contact === undefined) {
      // Nobody can be marked. If the lead came from RD Station, that is a failure.
      if (found === undefined || !('skipped' in found)) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
      const outcome = isUnmarked ? 'done' : 'skipped'
      const result: JobResult = { outcome, summary: [...left.notes, found.skipped] }
      return { kept, difference: undefined, marked: left.mark.marked, result }
    }
    const seen = await observeContact(
      plan,
      { observed: { ...observed, mark: left.mark }, contact, held: heldOf(contacts, contact.uuid) },
      context,
    )
    const { rdStation: settings } = context.tenant.settings
    const { email } = contact
    const { acceptsNoValue } = plan
    const isValueExpected = await isValueExpectedOf([{ opportunity, outcome }, ...seen.others.values()], context)
    const marks = planMarks({ ...seen, opportunity, outcome, email, settings, isValueExpected, acceptsNoValue })
    for (const note of marks.notes) context.note(note)
    // A mark that is due reports the present worth.
    const difference = differenceOf(seen.mark, { opportunity, outcome })
    const isLast = !hasToSay({ isRecovery: plan.isRecovery, kept, difference }, status)
    const outgoing = { opportunityId, contact: { ...contact, held: seen.contact }, isLast }
    const { made, marked } = await carryOut(marks, outgoing, context)
    const result: JobResult =
      made.length > 0 || isUnmarked
        ? { outcome: 'done', summary: [...left.notes, ...saidOf(made)] }
        : {
            outcome: 'skipped',
            summary: [...left.notes, nothingDue({ mark: { ...seen.mark, marked }, isAdopted, opportunity, outcome })],
          }
    return { kept, difference, marked, result }
  })
}

/** Asks Redis only when one of the won opportunities came without the member of its value. */
const isValueExpectedOf = async (opportunities: readonly Other[], { redis, tenant }: MarkContext): Promise<boolean> =>
  opportunities.some(other => typeof other === 'object' && other.outcome === 'won' && lacksValue(other.opportunity)) &&
  (await isValueExpected(redis, tenant.name))

/**
 * The contact to which the opportunity was reported, if it is not the opportunity's contact any more. The opportunity went to another lead, or
 * its lead names another contact. Different leads may share one contact (merged leads). If only no contact is found for the same lead,
 * nobody has lost the opportunity.
 */
const formerContact = ({ mark, opportunity }: Observed, uuid: string | undefined): string | undefined =>
  mark.contact !== uuid && (uuid !== undefined || mark.lead !== opportunity.leadId) ? mark.contact : undefined

/** For the timeline. A sale without a value is noted in the job's log instead. */
function saidOf(made: readonly MarkStep[]): readonly Message[] {
  const marksOf = (why: MarkStep['why']) => made.filter(step => step.why === why).map(({ mark }) => mark)
  const [due, earlier, again] = [marksOf('due'), marksOf('earlier'), marksOf('again')]
  const cents = made.find(({ mark, why }) => mark === 'sale' && why === 'due')?.worth?.cents ?? 0
  return [
    ...(earlier.length > 0 ? [message('earlier-opportunity-marked', { marks: earlier })] : []),
    ...(due.length > 0 ? [message('marked', { marks: due })] : []),
    ...(cents > 0 ? [message('sale-value', { reais: cents / 100 })] : []),
    ...(again.length > 0 ? [message('contact-marked-again')] : []),
  ]
}

/** The contact, whose lock must be held. */
function heldOf(contacts: HeldContacts['contacts'], uuid: string): HeldContact {
  const held = contacts.get(uuid)
  if (held === undefined) throw new TypeError('nothing is reported to a contact whose lock is not held')
  return held
}

/** No other job has marked the opportunity since it was read in TOTVS CRM. */
const isSame = (one: MarkRecord, other: MarkRecord): boolean =>
  one.marked === other.marked && one.contact === other.contact && one.pending === other.pending
