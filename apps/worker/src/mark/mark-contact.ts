import { type LastMark, message, PermanentFailure } from '@ponte/contracts'
import { lacksValue, marksDue } from '@ponte/mappers'
import { type Difference, differenceOf } from '@ponte/operations'
import { isValueExpected, type MarkRecord, neverMarked } from '@ponte/state'
import { JobDelayed } from '../calls/job-delayed.ts'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { hasToSay } from '../status-rd/record-status.ts'
import { planMarks } from './plan/plan-marks.ts'
import { type ContactPlan, nothingDue } from './plan/plan-run.ts'
import { findContacts } from './read/find-contact.ts'
import { type HeldContact, type HeldContacts, lockContacts } from './read/locked-records.ts'
import type { ReadOpportunity } from './read/read-opportunity.ts'
import { othersToRead, readOthers } from './read/read-others.ts'
import { makeMarks } from './record/make-marks.ts'
import { markOf } from './reported/reported.ts'
import { type Former, leaveFormer, verifyMarks } from './resolve/resolve-marks.ts'

/** How soon a job comes back when another job has marked its opportunity after this one read it. */
const READ_AGAIN_MS = 200

/** What one run did with the contact of its opportunity. */
export interface MarkedContact {
  readonly result: JobResult
  /** What was reported to RD Station of the opportunity, by this run or an earlier one. */
  readonly marked: LastMark
  /** The end that stays with the contact that had the opportunity before. */
  readonly kept: 'won' | 'lost' | undefined
  /** Another value or reason was reported to RD Station than TOTVS CRM has now. */
  readonly difference: Difference | undefined
}

/**
 * Brings the contact of the opportunity up to date, and first the contact that had it before: reads and locks both, finds out what is in
 * doubt, plans the marks, and makes them. If nothing follows in the run (`hasToSay`), all its locks are released with the last record.
 *
 * @throws PermanentFailure `RD_CONTACT_NOT_FOUND`, where the lead came from RD Station
 */
export async function markContact(
  plan: ContactPlan,
  read: ReadOpportunity,
  held: HeldContacts,
  context: JobContext,
): Promise<MarkedContact> {
  const { data, opportunity, fingerprints, isAdopted, status } = read
  const { lead, outcome, isRecovery, isRequested, acceptsNoValue } = plan
  const { opportunityId, contextUrl } = data

  const {
    contact,
    skipped,
    former: formerUuid,
  } = await findContacts(read, { lead, afresh: plan.isSoughtAnew }, context)
  const uuids = [formerUuid, contact?.uuid].filter(uuid => uuid !== undefined)
  const { contacts, recorded: now = neverMarked } = await lockContacts(uuids, held, { opportunityId, status }, context)
  if (uuids.length > 0 && !isSame(now, read.recorded)) throw new JobDelayed(message('record-locked'), READ_AGAIN_MS)

  const former: Former =
    formerUuid === undefined
      ? { recorded: read.recorded, notes: [], isUnmarked: false, kept: undefined }
      : await leaveFormer(heldOf(contacts, formerUuid), read, context)
  const { kept, isUnmarked, notes, recorded } = former
  if (contact === undefined) {
    if (skipped === undefined) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
    const result: JobResult = { outcome: isUnmarked ? 'done' : 'skipped', summary: [...notes, skipped] }
    return { result, marked: recorded.marked, kept, difference: undefined }
  }

  const { uuid, email } = contact
  const owner = { contact: uuid, lead: lead.id, person: fingerprints.person }
  const [address, receivedAt] = [context.fingerprint(email), Date.parse(data.receivedAt)]
  const subject = { opportunityId, outcome, recorded, owner, address, isRequested, receivedAt }
  const verified = { ...(await verifyMarks(heldOf(contacts, uuid), subject, context)), email }
  const own = markOf(verified.reported, opportunityId, recorded)
  const due = marksDue(outcome, own.marked)
  const wanted = othersToRead({ opportunityId, outcome, due, notArrived: verified.notArrived }, verified)
  const others = await readOthers(wanted, verified, { leadId: opportunity.leadId, lead, contextUrl }, context)
  const lacksOne = [{ opportunity, outcome }, ...others.values()].some(
    other => typeof other === 'object' && other.outcome === 'won' && lacksValue(other.opportunity),
  )

  const { rdStation: settings } = context.tenant.settings
  const marks = planMarks({
    ...{ held: verified, own, due, others, opportunity, outcome, settings, acceptsNoValue },
    isValueExpected: lacksOne && (await isValueExpected(context.redis, context.tenant.name)),
  })
  for (const note of marks.notes) context.note(note)
  // A mark that is due reports the present worth.
  const difference = differenceOf(own, { opportunity, outcome })
  const isLast = !hasToSay({ isRecovery, kept, difference }, status)
  const made = await makeMarks(marks, { opportunityId, contact: verified, isLast }, context)
  const result: JobResult =
    made.notes.length > 0 || isUnmarked
      ? { outcome: 'done', summary: [...notes, ...made.notes] }
      : {
          outcome: 'skipped',
          summary: [...notes, nothingDue({ recorded: own, isAdopted, opportunity, outcome })],
        }
  return { result, marked: made.marked, kept, difference }
}

/** No other job has marked the opportunity since it was read in TOTVS CRM. */
const isSame = (one: MarkRecord, other: MarkRecord): boolean =>
  one.marked === other.marked && one.contact === other.contact && one.pending === other.pending

/** The contact, whose lock must be held. */
function heldOf(contacts: HeldContacts['contacts'], uuid: string): HeldContact {
  const held = contacts.get(uuid)
  if (held === undefined) throw new TypeError('nothing is reported to a contact whose lock is not held')
  return held
}
