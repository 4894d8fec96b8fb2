import { type MarkName, PermanentFailure, type SkipReason } from '@ponte/contracts'
import { lacksValue, marksDue } from '@ponte/mappers'
import { isValueExpected, type MarkRecord } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import type { ContactPlan } from '../plan/plan-run.ts'
import type { FoundContacts } from '../read/find-contact.ts'
import type { HeldContact, HeldContacts } from '../read/locked-records.ts'
import type { ReadOpportunity } from '../read/read-opportunity.ts'
import { type Others, othersToRead, readOthers } from '../read/read-others.ts'
import { joinContact, markOf } from '../reported/reported.ts'
import { type Former, leaveFormer } from './leave-former.ts'
import { verifyAddress, verifyAnswer, verifyLate } from './verify-answer.ts'

/** What the marks of a contact depend on. Its lock is held, and none of its marks is unanswered. */
export interface ResolvedContact {
  readonly held: HeldContact & { readonly email: string }
  /** What was reported of the run's own opportunity to this contact, with the contact, lead and person that it has now. */
  readonly own: MarkRecord
  readonly due: readonly MarkName[]
  /** Those of its other opportunities that `othersToRead` names. */
  readonly others: Others
  /** Won opportunities of the tenant have a value. It is asked only when one of these came without that member. */
  readonly isValueExpected: boolean
}

export type Resolved = { readonly former: Former } & (
  | ResolvedContact
  /** Nobody can be marked, and nothing is wrong with that. */
  | { readonly skipped: SkipReason }
)

export interface Given {
  readonly plan: ContactPlan
  readonly read: ReadOpportunity
  readonly found: FoundContacts
  readonly locked: HeldContacts
}

/**
 * Brings what is recorded of the contacts in accord with what is true: leaves the contact that had the opportunity before, finds out what
 * became of marks that are in doubt, and reads the contact's other opportunities on which the marks depend.
 *
 * @throws PermanentFailure `RD_CONTACT_NOT_FOUND`, where the lead came from RD Station
 */
export async function resolveContact(
  { plan: { outcome, lead, isRequested }, read, found, locked }: Given,
  context: MarkContext,
): Promise<Resolved> {
  const { data, opportunity, fingerprints } = read
  const { opportunityId, contextUrl } = data
  const former: Former =
    found.former === undefined
      ? { recorded: read.recorded, notes: [], isUnmarked: false, kept: undefined }
      : await leaveFormer(heldOf(locked, found.former), read, context)
  const { recorded } = former
  if (found.contact === undefined) {
    if (found.skipped === undefined) throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
    return { former, skipped: found.skipped }
  }

  const { uuid, email } = found.contact
  const answered = await verifyAnswer(heldOf(locked, uuid), opportunityId, context)
  const sent = { opportunityId, outcome, address: context.fingerprint(email) }
  const reached = await verifyAddress(answered, { ...sent, recorded, isRequested }, context)
  const owner = { contact: uuid, lead: lead.id, person: fingerprints.person }
  const joined = { ...reached, reported: joinContact(reached.reported, opportunityId, { recorded, owner }) }
  const verified = context.mode().isLate
    ? await verifyLate(joined, { ...sent, since: Date.parse(data.receivedAt) }, context)
    : joined

  const held = { ...verified, email }
  const own = markOf(held.reported, opportunityId, recorded)
  const due = marksDue(outcome, own.marked)
  const wanted = othersToRead({ opportunityId, outcome, due, notArrived: verified.notArrived }, held)
  const others = await readOthers(wanted, held, { leadId: opportunity.leadId, lead, contextUrl }, context)
  const lacksOne = [{ opportunity, outcome }, ...others.values()].some(
    other => typeof other === 'object' && other.outcome === 'won' && lacksValue(other.opportunity),
  )
  const isExpected = lacksOne && (await isValueExpected(context.redis, context.tenant.name))
  return { former, held, own, due, others, isValueExpected: isExpected }
}

/** The contact, whose lock must be held. */
function heldOf({ contacts }: HeldContacts, uuid: string): HeldContact {
  const held = contacts.get(uuid)
  if (held === undefined) throw new TypeError('nothing is reported to a contact whose lock is not held')
  return held
}
