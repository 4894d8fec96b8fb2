import { type CrmLead, type JobData, message, type SkipReason } from '@ponte/contracts'
import { type ContactName, contactNamesOf, nobodyToMark } from '@ponte/mappers'
import type { MarkContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../calls/job-delayed.ts'

/** A contact that exists in RD Station and has an e-mail, so that it can be marked. */
export interface MarkableContact {
  readonly uuid: string
  readonly email: string
}

export interface FoundContact extends MarkableContact {
  /** Milliseconds since 1970, when known: when RD Station created it. */
  readonly createdAt: number | undefined
}

/** There is nobody to mark, and nothing is wrong with that. */
export interface NobodyToMark {
  readonly skipped: SkipReason
}

export interface Search {
  /** A person wants another try: RD Station is asked even if it answered within the last hour. */
  readonly afresh: boolean
}

/**
 * Finds the contact of a lead by its `externalId`, else by e-mail, and makes sure that it exists. RD Station answers 200 to a mark for a
 * contact that it does not know, and drops it (docs/vendors/rd-station.md#marks-for-unknown-contacts). Returns nothing when the lead came
 * from RD Station and its contact is gone. An answer is reused for an hour, also when no contact was found.
 */
export async function findContact(
  lead: CrmLead,
  context: MarkContext,
  search: Search = { afresh: false },
): Promise<FoundContact | NobodyToMark | undefined> {
  const names = contactNamesOf(lead)
  const emails = names.flatMap(name => ('email' in name ? name.email : []))
  for (const name of names) {
    const contact = await findUnder(name, emails, context, search)
    if (contact !== undefined) return contact
  }
  const skipped = nobodyToMark(lead, context.tenant.settings)
  return skipped && { skipped }
}

async function findUnder(
  name: ContactName,
  emails: readonly string[],
  context: MarkContext,
  { afresh }: Search,
): Promise<FoundContact | NobodyToMark | undefined> {
  const { rd, links, underLocks } = context
  if (!afresh) {
    const seen = await readSeen(name, emails, context)
    if (seen === 'unknown') return undefined
    if (seen !== undefined) return seen
  }
  const contact = await rd.findContact(name)
  if (contact === undefined) {
    await underLocks({ changes: links.rememberingUnknown(name) })
    return undefined
  }
  const email = contact.email ?? ('email' in name ? name.email : undefined)
  if (email === undefined) return { skipped: message('contact-has-no-email') }
  const found = { uuid: contact.uuid, email }
  const createdAt = links.contactCreatedAtOf(found)
  const valueOf = await underLocks({ changes: links.rememberingSeen(found), readings: [createdAt] })
  return { ...found, createdAt: valueOf(createdAt) }
}

/**
 * What RD Station answered about the contact within the last hour. A contact that was seen with this e-mail may have been seen with another
 * one since, so that is checked.
 */
async function readSeen(
  name: ContactName,
  emails: readonly string[],
  context: MarkContext,
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

/**
 * RD Station can drop the marks of a contact that it created in the last minutes, so the job waits. The wait begins at the contact's
 * creation, at the latest at the event's receipt: a clock that runs ahead does not lengthen it. Without a known creation nobody waits. See
 * docs/behaviour/marks.md#new-contacts.
 */
export function waitUntilOldEnough(
  { createdAt }: FoundContact,
  { receivedAt }: JobData<'opportunity.updated'>,
  { tenant }: MarkContext,
): void {
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  const leftMs = Math.min(createdAt, Date.parse(receivedAt)) + minAgeMs - Date.now()
  if (leftMs > 0 && leftMs <= minAgeMs) throw new JobDelayed(message('contact-too-new'), leftMs)
}
