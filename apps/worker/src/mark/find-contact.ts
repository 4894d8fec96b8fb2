import { type CrmLead, PermanentFailure, say } from '@ponte/contracts'
import type { JobContext } from '../job-context.ts'

const ORIGIN = 'rd:'

/** A contact of RD Station that can be marked: it is there, and it has an e-mail. */
export interface MarkableContact {
  readonly uuid: string
  readonly email: string
}

/** There is nobody to mark, and that is nobody's fault. */
export interface NobodyToMark {
  readonly skipped: string
}

/**
 * Finds the contact of a lead by its `externalId`, else by e-mail, and makes sure that it exists: RD Station answers 200 and
 * drops a mark for a contact it does not know (SPEC §2.2). Throws RD_CONTACT_NOT_FOUND when the lead came from there.
 */
export async function findContact(lead: CrmLead, context: JobContext): Promise<MarkableContact | NobodyToMark> {
  const uuid = (lead.externalId?.startsWith(ORIGIN) && lead.externalId.slice(ORIGIN.length)) || undefined
  const emails = lead.emails
    .toSorted((a, b) => Number(b.standard === true) - Number(a.standard === true))
    .map(({ email }) => email)

  if (uuid !== undefined) {
    const contact = await findByUuid(uuid, emails, context)
    if (contact !== undefined) return contact
  }
  for (const email of emails) {
    const contact = await findByEmail(email, context)
    if (contact !== undefined) return contact
  }
  const cameFromRd =
    uuid !== undefined || lead.leadOriginId === context.tenant.settings.variables.totvs_crm_leadoriginid
  if (!cameFromRd) return { skipped: say('the lead has nothing to do with RD Station') }
  if (emails.length === 0 && uuid === undefined)
    return { skipped: say('the lead has no e-mail, and RD Station marks by e-mail') }
  throw new PermanentFailure('RD_CONTACT_NOT_FOUND')
}

async function findByUuid(
  uuid: string,
  emails: readonly string[],
  { rd, links }: JobContext,
): Promise<MarkableContact | NobodyToMark | undefined> {
  const seen = await links.seenUnder(uuid, emails)
  if (seen !== undefined) return { uuid, email: seen }
  const contact = await rd.findContact({ uuid })
  if (contact === undefined) return undefined
  if (contact.email === undefined) return { skipped: say('the contact has no e-mail, and RD Station marks by e-mail') }
  const found = { uuid: contact.uuid, email: contact.email }
  await links.rememberSeen(found)
  return found
}

async function findByEmail(email: string, { rd, links }: JobContext): Promise<MarkableContact | undefined> {
  const seen = await links.seenWith(email)
  if (seen !== undefined) return { uuid: seen, email }
  const contact = await rd.findContact({ email })
  if (contact === undefined) return undefined
  const found = { uuid: contact.uuid, email: contact.email ?? email }
  await links.rememberSeen(found)
  return found
}
