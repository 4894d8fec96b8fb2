import { type CrmLead, message, type SkipReason } from '@ponte/contracts'
import { type ContactName, contactNamesOf, nobodyToMark } from '@ponte/mappers'
import type { JobContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../calls/job-delayed.ts'
import type { ReadOpportunity } from './read-opportunity.ts'

/** A contact that exists in RD Station and has an e-mail, so that it can be marked. */
export interface FoundContact {
  readonly uuid: string
  readonly email: string
  /** Milliseconds since 1970, when known: when RD Station created it. */
  readonly createdAt: number | undefined
}

/** There is nobody to mark, and nothing is wrong with that. */
type NobodyToMark = { readonly skipped: SkipReason }

/** The contacts that an opportunity concerns. */
export interface FoundContacts {
  /** Undefined when nobody can be marked. Without `skipped` the contact is gone. */
  readonly contact: FoundContact | undefined
  readonly skipped: SkipReason | undefined
  /** UUID of the contact to which the opportunity was reported, if it is not the opportunity's contact any more. */
  readonly former: string | undefined
}

/**
 * Finds the contact that the opportunity has now, and the one that it was reported to.
 *
 * @throws JobDelayed when RD Station has just created the contact
 */
export async function findContacts(
  { data, opportunity, recorded }: Pick<ReadOpportunity, 'data' | 'opportunity' | 'recorded'>,
  { lead, afresh }: { readonly lead: CrmLead; readonly afresh: boolean },
  context: JobContext,
): Promise<FoundContacts> {
  const found = await findContact(lead, context, { afresh })
  const contact = found !== undefined && 'uuid' in found ? found : undefined
  if (contact?.createdAt !== undefined) {
    // RD Station can drop the marks of a contact that it created in the last minutes, so the job waits. The wait begins at the contact's
    // creation, at the latest at the event's receipt: a clock that runs ahead does not lengthen it. See docs/behaviour/marks.md#new-contacts.
    const minAgeMs = context.tenant.settings.rdStation.minContactAgeSeconds * 1000
    const leftMs = Math.min(contact.createdAt, Date.parse(data.receivedAt)) + minAgeMs - Date.now()
    if (leftMs > 0 && leftMs <= minAgeMs) throw new JobDelayed(message('contact-too-new'), leftMs)
  }
  // The opportunity went to another lead, or its lead names another contact. Different leads may share one contact (merged leads). If only no
  // contact is found for the same lead, nobody has lost the opportunity.
  const isOther = contact === undefined ? recorded.lead !== opportunity.leadId : recorded.contact !== contact.uuid
  const skipped = found !== undefined && 'skipped' in found ? found.skipped : undefined
  return { contact, skipped, former: isOther ? recorded.contact : undefined }
}

/**
 * Finds the contact of a lead by its `externalId`, else by e-mail, and makes sure that it exists. RD Station answers 200 to a mark for a
 * contact that it does not know, and drops it (docs/vendors/rd-station.md#marks-for-unknown-contacts). Returns nothing when the lead came
 * from RD Station and its contact is gone. An answer is reused for an hour, also when no contact was found; with `afresh`, for another try
 * that a person wants, RD Station is asked even so.
 */
export async function findContact(
  lead: CrmLead,
  context: JobContext,
  { afresh }: { readonly afresh: boolean } = { afresh: false },
): Promise<FoundContact | NobodyToMark | undefined> {
  const { rd, links, underLocks } = context
  const names = contactNamesOf(lead)
  const emails = names.flatMap(name => ('email' in name ? name.email : []))
  for (const name of names) {
    const seen = afresh ? undefined : await readSeen(name, emails, context)
    if (seen === 'unknown') continue
    if (seen !== undefined) return seen
    const contact = await rd.findContact(name)
    if (contact === undefined) {
      await underLocks({ changes: links.rememberingUnknown(name) })
      continue
    }
    const email = contact.email ?? ('email' in name ? name.email : undefined)
    if (email === undefined) return { skipped: message('contact-has-no-email') }
    const found = { uuid: contact.uuid, email }
    const createdAt = links.contactCreatedAtOf(found)
    const valueOf = await underLocks({ changes: links.rememberingSeen(found), readings: [createdAt] })
    return { ...found, createdAt: valueOf(createdAt) }
  }
  const skipped = nobodyToMark(lead, context.tenant.settings)
  return skipped && { skipped }
}

/**
 * What RD Station answered about the contact within the last hour. A contact that was seen with this e-mail may have been seen with another
 * one since, so that is checked.
 */
async function readSeen(
  name: ContactName,
  emails: readonly string[],
  context: JobContext,
): Promise<FoundContact | 'unknown' | undefined> {
  const { links, underLocks } = context
  const unknown = links.unknownOf(name)
  if ('uuid' in name) {
    const seen = links.seenUnder(name.uuid, emails)
    const valueOf = await underLocks({ readings: [seen, unknown] })
    const contact = valueOf(seen)
    if (contact !== undefined) return { uuid: name.uuid, ...contact }
    return valueOf(unknown) ? 'unknown' : undefined
  }
  const seen = links.seenWith(name.email)
  const valueOf = await underLocks({ readings: [seen, unknown] })
  const uuid = valueOf(seen)
  const contact = uuid === undefined ? undefined : await readSeen({ uuid }, [name.email], context)
  if (typeof contact === 'object') return contact
  return valueOf(unknown) ? 'unknown' : undefined
}
