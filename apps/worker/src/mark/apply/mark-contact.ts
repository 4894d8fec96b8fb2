import { type JobData, message, type Message, PermanentFailure } from '@ponte/contracts'
import { marksDue } from '@ponte/mappers'
import { type MarkRecord, neverMarked } from '@ponte/state'
import type { JobContext, JobResult } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'
import { type FoundContact, findContact } from '../observe/find-contact.ts'
import { type HeldContact, type HeldContacts, lockedContacts } from '../observe/locked-contacts.ts'
import type { Observed } from '../observe/observe-opportunity.ts'
import { readOthers } from '../observe/read-others.ts'
import { verifyAddress, verifyAnswer } from '../observe/verify-answer.ts'
import { takeUp } from '../plan/accept-mark.ts'
import { type MarkStep, othersToRead, planMarks } from '../plan/plan-marks.ts'
import { type ContactPlan, nothingDue } from '../plan/plan-run.ts'
import { carryOut } from './carry-out.ts'
import { type Former, leaveFormer } from './leave-former.ts'

/** How soon a job comes back whose opportunity another job has marked since it was read. */
const READ_AGAIN_MS = 200

export interface Marked {
  readonly result: JobResult
  readonly marked: MarkRecord['marked']
  /** A contact that had the opportunity before keeps this. */
  readonly kept: 'won' | 'lost' | undefined
}

/**
 * Brings the contact of an opportunity up to date: finds it, and under its lock finds out what it was told, plans, and carries the plan
 * out. `isLast`: the run has nothing to do afterwards.
 */
export async function markContact(
  plan: ContactPlan,
  { observed, held, isLast }: { readonly observed: Observed; readonly held: HeldContacts; readonly isLast: boolean },
  context: JobContext,
): Promise<Marked> {
  const { data, mark } = observed
  const found = await findContact(plan.lead, context, { afresh: wantsAnotherTry(plan) })
  const contact = found !== undefined && 'uuid' in found ? found : undefined
  const former = formerContact(observed, contact?.uuid)
  if (contact !== undefined) waitUntilOldEnough(contact, data, context)
  const uuids = [former, contact?.uuid].filter(uuid => uuid !== undefined)
  return await lockedContacts(
    uuids,
    held,
    { opportunityId: data.opportunityId, status: plan.status },
    context,
    async ({ contacts, mark: current }) => {
      if (uuids.length > 0 && !isSame(current ?? neverMarked, mark)) {
        throw new JobDelayed(message('record-locked'), READ_AGAIN_MS)
      }
      const left =
        former === undefined
          ? undefined
          : await leaveFormer(heldOf(contacts, former), { observed, status: plan.status }, context)
      if (contact === undefined) return nobody(found, observed, left)
      const to = { contact, held: heldOf(contacts, contact.uuid), left }
      const made = await tellContact(plan, { observed, isLast: isLast && left === undefined, to }, context)
      return { ...made, kept: left?.kept }
    },
  )
}

/**
 * The contact that was told of the opportunity, if that is somebody else now: the opportunity was given to another lead, or its lead names
 * another contact. Merged leads are often one contact. A lead whose contact is not found has lost none.
 */
const formerContact = ({ mark, opportunity }: Observed, uuid: string | undefined): string | undefined =>
  mark.contact !== uuid && (uuid !== undefined || mark.lead !== opportunity.leadId) ? mark.contact : undefined

/** Nobody who could be marked. If the lead came from RD Station, that is a failure. */
function nobody(found: Awaited<ReturnType<typeof findContact>>, { mark }: Observed, left: Former | undefined): Marked {
  if (found === undefined || !('skipped' in found)) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
  const summary = left === undefined ? found.skipped : [...left.notes, found.skipped]
  return {
    result: { outcome: left?.isUnmarked === true ? 'done' : 'skipped', summary },
    marked: left?.mark.marked ?? mark.marked,
    kept: left?.kept,
  }
}

interface To {
  readonly contact: FoundContact
  readonly held: HeldContact
  readonly left: Former | undefined
}

async function tellContact(
  plan: ContactPlan,
  { observed, isLast, to }: { readonly observed: Observed; readonly isLast: boolean; readonly to: To },
  context: JobContext,
): Promise<Omit<Marked, 'kept'>> {
  const { data, opportunity, fingerprints } = observed
  const { opportunityId, contextUrl } = data
  const { outcome, lead } = plan
  const { contact, left } = to
  const { uuid } = contact
  const answered = await verifyAnswer(to.held, opportunityId, context)
  const toldTo = ({ standing }: HeldContact): MarkRecord =>
    takeUp(left?.mark ?? standing.marks.get(opportunityId) ?? observed.mark, opportunityId, standing.contact)
  const verified = await verifyAddress(
    answered,
    {
      ...{ opportunityId, address: context.fingerprint(contact.email) },
      isRequested: isRequest(plan),
      isAllMarked: marksDue(outcome, toldTo(answered).marked).length === 0,
    },
    context,
  )
  const mark: MarkRecord = { ...toldTo(verified), contact: uuid, lead: lead.id, person: fingerprints.person }
  const wanted = othersToRead({ outcome, mark }, opportunityId, verified)
  const others = await readOthers(wanted, verified, { leadId: opportunity.leadId, contextUrl }, context)
  const { rdStation: settings } = context.tenant.settings
  const marks = planMarks({ opportunity, outcome, mark, contact: verified, email: contact.email, others, settings })
  for (const note of marks.notes) context.note(note)
  const made = await carryOut(marks, { opportunityId, contact: { ...contact, held: verified }, isLast }, context)
  const done = [...(left?.notes ?? []), ...saidOf(made)]
  const now = markedAfter(made, opportunityId) ?? mark.marked
  return {
    marked: now,
    result:
      made.length > 0 || left?.isUnmarked === true
        ? { outcome: 'done', summary: done }
        : {
            outcome: 'skipped',
            summary: nothingDue({ mark: { ...mark, marked: now }, isAdopted: observed.isAdopted }),
          },
  }
}

/** A person does something about a mark: asks for it, or changes what it depends on while it fails. */
const wantsAnotherTry = ({ attempt: { humanAction }, status: { failing } }: ContactPlan): boolean =>
  humanAction === 'request' || (humanAction === 'change' && failing !== undefined)

/** A person asked for this mark itself: in the field, or by a retry. A change of the opportunity says nothing of what RD Station has. */
const isRequest = ({ attempt: { humanAction, fingerprint }, status }: ContactPlan): boolean =>
  humanAction === 'request' || (humanAction === 'change' && status.failing?.fingerprint === fingerprint)

const stateAfter = { opportunity: 'open', sale: 'won', loss: 'lost' } as const

const markedAfter = (made: readonly MarkStep[], opportunityId: string): MarkRecord['marked'] | undefined => {
  const last = made.findLast(step => step.opportunityId === opportunityId)
  return last && stateAfter[last.mark]
}

/** For the timeline; an opportunity without a value has a note in the log of its job. */
function saidOf(made: readonly MarkStep[]): readonly Message[] {
  const marksOf = (why: MarkStep['why']) => made.filter(step => step.why === why).map(({ mark }) => mark)
  const [due, earlier, again] = [marksOf('due'), marksOf('earlier'), marksOf('again')]
  const cents = made.find(({ mark, why }) => mark === 'sale' && why === 'due')?.worth.cents ?? 0
  return [
    ...(earlier.length > 0 ? [message('earlier-opportunity-marked', { marks: earlier })] : []),
    ...(due.length > 0 ? [message('marked', { marks: due })] : []),
    ...(cents > 0 ? [message('sale-value', { reais: cents / 100 })] : []),
    ...(again.length > 0 ? [message('contact-marked-again')] : []),
  ]
}

/** Of a contact whose lock is held. */
function heldOf(contacts: HeldContacts['contacts'], uuid: string): HeldContact {
  const held = contacts.get(uuid)
  if (held === undefined) throw new TypeError('nothing is told to a contact whose lock is not held')
  return held
}

/** Nobody has told the opportunity to a contact since it was read in TOTVS CRM. */
const isSame = (one: MarkRecord, other: MarkRecord): boolean =>
  one.marked === other.marked && one.contact === other.contact && one.pending === other.pending

/**
 * RD Station can drop the marks of a contact that it created in the last minutes. Counted from its creation, and from the receipt of the
 * event at most: a clock that runs ahead makes nobody wait longer. See docs/behaviour.md#new-contacts.
 */
function waitUntilOldEnough(
  { createdAt }: FoundContact,
  { receivedAt }: JobData<'opportunity.updated'>,
  { tenant }: JobContext,
): void {
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  const leftMs = Math.min(createdAt, Date.parse(receivedAt)) + minAgeMs - Date.now()
  if (leftMs > 0 && leftMs <= minAgeMs) throw new JobDelayed(message('contact-too-new'), leftMs)
}
