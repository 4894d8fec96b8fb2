import { type CrmLead, type JobData, message, type Message, type RdContact } from '@ponte/contracts'
import type { JobContext } from '../../run/job-context.ts'
import { JobDelayed } from '../../run/job-delayed.ts'

const ORIGIN = 'rd:'

/** A contact of RD Station that can be marked: it is there, and it has an e-mail. */
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
  readonly skipped: Message
}

export interface Search {
  /** A person wants another try: RD Station is asked, whatever it said within the last hour. */
  readonly afresh: boolean
}

/**
 * Finds the contact of a lead by its `externalId`, else by e-mail, and makes sure that it exists: RD Station answers 200 and drops a
 * mark for a contact that it does not know (docs/vendors/rd-station.md#marks-for-unknown-contacts). Returns nothing when the lead
 * came from RD Station and its contact is gone. A contact that was found, or not found, is not looked up again for an hour.
 */
export async function findContact(
  lead: CrmLead,
  context: JobContext,
  search: Search = { afresh: false },
): Promise<FoundContact | NobodyToMark | undefined> {
  const uuid = (lead.externalId?.startsWith(ORIGIN) && lead.externalId.slice(ORIGIN.length)) || undefined
  const emails = lead.emails
    .toSorted((a, b) => Number(b.standard === true) - Number(a.standard === true))
    .map(({ email }) => email)

  if (uuid !== undefined) {
    const contact = await findByUuid(uuid, emails, context, search)
    if (contact !== undefined) return contact
  }
  for (const email of emails) {
    const contact = await findByEmail(email, context, search)
    if (contact !== undefined) return contact
  }
  const cameFromRd =
    uuid !== undefined || lead.leadOriginId === context.tenant.settings.variables.totvs_crm_leadoriginid
  if (!cameFromRd) return { skipped: message('lead-not-from-rd') }
  if (emails.length === 0 && uuid === undefined) return { skipped: message('lead-has-no-email') }
  return undefined
}

async function findByUuid(
  uuid: string,
  emails: readonly string[],
  context: JobContext,
  search: Search,
): Promise<FoundContact | NobodyToMark | undefined> {
  const { links, underLocks } = context
  if (!search.afresh) {
    const seen = links.seenUnder(uuid, emails)
    const unknown = links.unknownOf({ uuid })
    const valueOf = await underLocks({ readings: [seen, unknown] })
    const found = valueOf(seen)
    if (found !== undefined) return { uuid, ...found }
    if (valueOf(unknown)) return undefined
  }
  const contact = await lookUp({ uuid }, context)
  if (contact === undefined) return undefined
  if (contact.email === undefined) return { skipped: message('contact-has-no-email') }
  return await rememberContact({ uuid: contact.uuid, email: contact.email }, context)
}

async function findByEmail(email: string, context: JobContext, search: Search): Promise<FoundContact | undefined> {
  const { links, underLocks } = context
  if (!search.afresh) {
    const seen = links.seenWith(email)
    const unknown = links.unknownOf({ email })
    const valueOf = await underLocks({ readings: [seen, unknown] })
    const uuid = valueOf(seen)
    const found = uuid === undefined ? undefined : await readSeen(uuid, email, context)
    if (found !== undefined) return found
    if (valueOf(unknown)) return undefined
  }
  const contact = await lookUp({ email }, context)
  return contact && (await rememberContact({ uuid: contact.uuid, email: contact.email ?? email }, context))
}

/** A contact that was seen with this e-mail may have been seen with another one since. */
async function readSeen(
  uuid: string,
  email: string,
  { links, underLocks }: JobContext,
): Promise<FoundContact | undefined> {
  const seen = links.seenUnder(uuid, [email])
  const found = (await underLocks({ readings: [seen] }))(seen)
  return found && { uuid, ...found }
}

/** It was just looked up. */
async function rememberContact(contact: MarkableContact, { links, underLocks }: JobContext): Promise<FoundContact> {
  const createdAt = links.creationOf(contact)
  const valueOf = await underLocks({ changes: links.rememberingSeen(contact), readings: [createdAt] })
  return { ...contact, createdAt: valueOf(createdAt) }
}

async function lookUp(
  contact: { readonly uuid: string } | { readonly email: string },
  { rd, links, underLocks }: JobContext,
): Promise<RdContact | undefined> {
  const found = await rd.findContact(contact)
  if (found === undefined) await underLocks({ changes: links.rememberingUnknown(contact) })
  return found
}

/**
 * RD Station can drop the marks of a contact that it created in the last minutes. Counted from its creation, and from the receipt of the
 * event at most: a clock that runs ahead makes nobody wait longer, and one whose creation is not known does not wait. See
 * docs/behaviour.md#new-contacts.
 */
export function waitUntilOldEnough(
  { createdAt }: FoundContact,
  { receivedAt }: JobData<'opportunity.updated'>,
  { tenant }: JobContext,
): void {
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  const leftMs = Math.min(createdAt, Date.parse(receivedAt)) + minAgeMs - Date.now()
  if (leftMs > 0 && leftMs <= minAgeMs) throw new JobDelayed(message('contact-too-new'), leftMs)
}
