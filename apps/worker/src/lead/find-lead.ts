import { filterOf } from '@ponte/clients'
import { type CrmLead, phoneDigits, type RegisteredLead, say } from '@ponte/contracts'
import { phoneSearchValues, samePhone } from '@ponte/mappers'
import type { JobContext } from '../job-context.ts'

/**
 * Finds the CRM lead of this person: by `externalId`, then by e-mail; one without e-mail also by phone, among CRM leads that have
 * no e-mail either, so that a shared telephone never merges two people. SPEC §2.1.
 */
export async function findLead(lead: RegisteredLead, context: JobContext): Promise<CrmLead | undefined> {
  return (
    (await findByUuid(lead, context)) ??
    (lead.email === undefined ? await findByPhone(lead, context) : await findByEmail(lead.email, context))
  )
}

/** What stands for the person in locks and links. */
export const identitiesOf = (lead: RegisteredLead): string[] => [
  ...(lead.uuid === undefined ? [] : [`uuid ${lead.uuid}`]),
  ...(lead.email === undefined ? phonesOf(lead).map(phone => `phone ${phoneDigits(phone)}`) : [`email ${lead.email}`]),
]

async function findByUuid({ uuid }: RegisteredLead, { crm, links }: JobContext): Promise<CrmLead | undefined> {
  if (uuid === undefined) return undefined
  const externalId = `rd:${uuid}`
  const filter = filterOf({ field: 'externalId', op: 'eq', value: externalId })
  if (filter === undefined) return await findLinked(`uuid ${uuid}`, { crm, links })
  const found = await crm.findLeads(filter)
  return found.find(candidate => candidate.externalId === externalId)
}

async function findByEmail(email: string, { crm, links, note }: JobContext): Promise<CrmLead | undefined> {
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: email })
  // An address with characters of the filter language is legal and cannot be asked for: Ponte's own memory has to do.
  if (filter === undefined) return await findLinked(`email ${email}`, { crm, links })
  const found = (await crm.findLeads(filter)).filter(candidate => hasEmail(candidate, email))
  if (found.length > 1)
    note(say('TOTVS CRM has {count} leads with this e-mail; the first is used', { count: found.length }))
  return found[0]
}

async function findByPhone(lead: RegisteredLead, context: JobContext): Promise<CrmLead | undefined> {
  const { crm, links, note } = context
  for (const phone of phonesOf(lead)) {
    const linked = await findLinked(`phone ${phoneDigits(phone)}`, { crm, links })
    if (linked !== undefined && isSamePhoneOnly(linked, phone)) return linked
    for (const spelling of phoneSearchValues(phone)) {
      const filter = filterOf({ field: 'phones.number', op: 'eq', value: spelling })
      if (filter === undefined) continue
      const found = (await crm.findLeads(filter)).filter(candidate => isSamePhoneOnly(candidate, phone))
      if (found.length > 1)
        note(
          say('TOTVS CRM has {count} leads with this phone and no e-mail; the first is used', { count: found.length }),
        )
      if (found[0] !== undefined) return found[0]
    }
  }
  return undefined
}

async function findLinked(
  identity: string,
  { crm, links }: Pick<JobContext, 'crm' | 'links'>,
): Promise<CrmLead | undefined> {
  const leadId = await links.leadOf(identity)
  return leadId === undefined ? undefined : await crm.getLead(leadId)
}

const phonesOf = ({ mobilePhone, phone }: RegisteredLead): string[] =>
  [mobilePhone, phone]
    .filter(candidate => candidate !== undefined)
    .filter(candidate => phoneDigits(candidate).length >= 8)

const hasEmail = (lead: CrmLead, email: string): boolean =>
  lead.emails.some(entry => entry.email.toLowerCase() === email.toLowerCase())

const isSamePhoneOnly = (lead: CrmLead, phone: string): boolean =>
  lead.emails.length === 0 && lead.phones.some(({ number }) => samePhone(number, phone))
