import { marksDue } from '@ponte/mappers'
import type { MarkRecord } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import { isMarkedOpen, withKeptEnd } from '../plan/standing.ts'
import type { ContactPlan } from '../plan/plan-run.ts'
import type { FoundContact } from './find-contact.ts'
import type { HeldContact } from './locked-records.ts'
import type { Observed } from './observe-opportunity.ts'
import { type Others, readOthers, type Wanted } from './read-others.ts'
import { type Verified, verifyAddress, verifyAnswer } from './verify-answer.ts'

/** A contact whose lock is held, as far as its marks depend on it. No answer is missing. */
export interface ObservedContact {
  readonly contact: HeldContact
  /** The run's own opportunity: what this contact was told of it, with the contact, lead and person that it has now. */
  readonly mark: MarkRecord
  /** Its other opportunities, as far as `othersToRead` wants them. */
  readonly others: Others
}

/** Finds out what the contact of an opportunity was told, and reads those of its others on which the marks depend. */
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
  const verified = await verifyAddress(
    answered,
    {
      ...{ opportunityId, address: context.fingerprint(contact.email) },
      isRequested: plan.isRequested,
      isAllMarked: marksDue(outcome, toldTo(answered).marked).length === 0,
    },
    context,
  )
  const mark = { ...toldTo(verified), contact: contact.uuid, lead: lead.id, person: fingerprints.person }
  const wanted = othersToRead({ outcome, mark }, opportunityId, verified)
  const others = await readOthers(wanted, verified, { leadId: opportunity.leadId, contextUrl }, context)
  return { contact: verified, mark, others }
}

/**
 * Which other opportunities of the contact have to be read before `planMarks`: before an opportunity mark the earlier ones whose end was
 * not told; after an end those that were told as open, until one is.
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
    // A mark that failed has rounds of its own, and one that did not arrive has a job that sends it again.
    ends: due.includes('opportunity')
      ? earlier.filter(id => isUnended(marked(id)) && !failing.has(id) && notArrived !== id)
      : [],
    open: isShownThen || outcome === 'open' ? [] : others.filter(id => isMarkedOpen(marked(id))),
  }
}

const isUnended = (marked: MarkRecord['marked'] | undefined): boolean => marked === 'none' || isMarkedOpen(marked)
