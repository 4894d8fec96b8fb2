import { marksDue } from '@ponte/mappers'
import type { MarkRecord } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { isMarkedOpen, withKeptEnd } from '../plan/standing.ts'
import type { ContactPlan } from '../plan/plan-run.ts'
import type { FoundContact } from './find-contact.ts'
import type { HeldContact } from './locked-records.ts'
import type { Observed } from './observe-opportunity.ts'
import { type Others, readOthers, type Wanted } from './read-others.ts'
import { type Verified, verifyAddress, verifyAnswer, verifyLate } from './verify-answer.ts'

/** What the marks of a contact depend on. Its lock is held, and none of its marks is unanswered. */
export interface ObservedContact {
  readonly contact: HeldContact
  /** The run's own opportunity: what was reported of it to this contact, with the contact, lead and person that it has now. */
  readonly mark: MarkRecord
  /** Those of its other opportunities that `othersToRead` names. */
  readonly others: Others
}

/** Finds out what was reported to the contact, and reads its other opportunities on which the marks depend. */
export async function observeContact(
  plan: ContactPlan,
  {
    observed,
    contact,
    held,
  }: { readonly observed: Observed; readonly contact: FoundContact; readonly held: HeldContact },
  context: MarkContext,
): Promise<ObservedContact> {
  const { opportunity, data, mark: recorded, fingerprints } = observed
  const { opportunityId, contextUrl } = data
  const { outcome, lead } = plan
  const toldTo = ({ standing }: HeldContact): MarkRecord => {
    const record = standing.marks.get(opportunityId) ?? recorded
    return record.contact === undefined ? withKeptEnd(record, opportunityId, standing.contact) : record
  }

  const answered = await verifyAnswer(held, opportunityId, context)
  const address = context.fingerprint(contact.email)
  const reached = await verifyAddress(
    answered,
    {
      ...{ opportunityId, address },
      isRequested: plan.isRequested,
      isAllMarked: marksDue(outcome, toldTo(answered).marked).length === 0,
    },
    context,
  )
  const ofContact = { contact: contact.uuid, lead: lead.id, person: fingerprints.person }
  const before = { ...toldTo(reached), ...ofContact }
  const due = marksDue(outcome, before.marked)
  const late = { opportunityId, mark: before, due, address, since: Date.parse(data.receivedAt) }
  const verified = context.mode().isLate ? await verifyLate(reached, late, context) : reached
  const mark = { ...toldTo(verified), ...ofContact }
  const wanted = othersToRead({ outcome, mark }, opportunityId, verified)
  const others = await readOthers(wanted, verified, { leadId: opportunity.leadId, lead, contextUrl }, context)
  return { contact: verified, mark, others }
}

/**
 * Which other opportunities `planMarks` needs. Before an opportunity mark: the earlier ones whose end was not marked. After an end: those
 * that are marked as open, until one of them is found open.
 */
export function othersToRead(
  { outcome, mark }: Pick<ContactPlan, 'outcome'> & { readonly mark: MarkRecord },
  opportunityId: string,
  { standing, known, failing, notArrived }: Verified,
): Wanted {
  const due = marksDue(outcome, mark.marked)
  const marked = (id: string) => standing.marks.get(id)?.marked
  const others = known.filter(id => id !== opportunityId)
  const isShownThen = due.length === 0 ? standing.contact.shown : due.at(-1) === 'opportunity'
  const position = known.indexOf(opportunityId)
  const earlier = position === -1 ? others : known.slice(0, position)
  return {
    // Left to their own jobs: a mark that failed has its rounds, and one that did not arrive is sent again by its job.
    ends: due.includes('opportunity')
      ? earlier.filter(id => isUnended(marked(id)) && !failing.has(id) && notArrived !== id)
      : [],
    open: isShownThen || outcome === 'open' ? [] : others.filter(id => isMarkedOpen(marked(id))),
  }
}

const isUnended = (marked: MarkRecord['marked'] | undefined): boolean => marked === 'none' || isMarkedOpen(marked)
