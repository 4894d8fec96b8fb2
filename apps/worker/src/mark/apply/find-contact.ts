import { type CrmLead, message, type Message, type RdContact } from '@ponte/contracts'
import type { JobContext } from '../../run/job-context.ts'

const ORIGIN = 'rd:'

/** A contact of RD Station that can be marked: it is there, and it has an e-mail. */
export interface MarkableContact {
  readonly uuid: string
  readonly email: string
}

/** There is nobody to mark, and nothing is wrong with that. */
export interface NobodyToMark {
  readonly skipped: Message
}

export interface Search {
  /** A person wants another try: RD Station is asked even if it did not know the contact within the last hour. */
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
): Promise<MarkableContact | NobodyToMark | undefined> {
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
): Promise<MarkableContact | NobodyToMark | undefined> {
  const { links } = context
  const seen = await links.seenUnder(uuid, emails)
  if (seen !== undefined) return { uuid, email: seen }
  const contact = await lookUp({ uuid }, context, search)
  if (contact === undefined) return undefined
  if (contact.email === undefined) return { skipped: message('contact-has-no-email') }
  const found = { uuid: contact.uuid, email: contact.email }
  await links.rememberSeen(found)
  return found
}

async function findByEmail(email: string, context: JobContext, search: Search): Promise<MarkableContact | undefined> {
  const { links } = context
  const seen = await links.seenWith(email)
  if (seen !== undefined) return { uuid: seen, email }
  const contact = await lookUp({ email }, context, search)
  if (contact === undefined) return undefined
  const found = { uuid: contact.uuid, email: contact.email ?? email }
  await links.rememberSeen(found)
  return found
}

async function lookUp(
  contact: { readonly uuid: string } | { readonly email: string },
  { rd, links }: JobContext,
  { afresh }: Search,
): Promise<RdContact | undefined> {
  if (!afresh && (await links.isUnknown(contact))) return undefined
  const found = await rd.findContact(contact)
  if (found === undefined) await links.rememberUnknown(contact)
  return found
}
