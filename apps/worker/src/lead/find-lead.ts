import { filterOf } from '@ponte/clients'
import { type CrmLead, type Identities, type Identity, message } from '@ponte/contracts'
import { phoneSearchValues, samePhone } from '@ponte/mappers'
import type { JobContext } from '../run/job-context.ts'
import { allAnswers } from './all-answers.ts'

/** Calls to the CRM that one look-up makes at most, where an answer has one page: the person stays locked meanwhile. */
const MOST_CALLS = 8

type Of<Kind extends Identity['kind']> = Extract<Identity, { kind: Kind }>
const isOf =
  <Kind extends Identity['kind']>(kind: Kind) =>
  (identity: Identity): identity is Of<Kind> =>
    identity.kind === kind

/**
 * Finds the CRM lead of this person: by `externalId`, then by e-mail; one without e-mail also by phone, among CRM leads that have
 * no e-mail either, so that a shared telephone never merges two people. What does not depend on another answer is asked at once.
 */
export async function findLead(identities: Identities, context: JobContext): Promise<CrmLead | undefined> {
  const uuids = identities.filter(isOf('uuid'))
  const phones = identities.filter(isOf('phone'))
  const linked = await linkedLeads(phones, context)

  const known = await allAnswers([
    ...uuids.map(uuid => findByUuid(uuid, context)),
    ...linked.map(({ leadId, phone }) => findLinkedPhone(leadId, phone, context)),
  ])
  if (known[0] !== undefined) return known[0]

  const emails = await allAnswers(identities.filter(isOf('email')).map(email => findByEmail(email, context)))
  if (emails[0] !== undefined) return emails[0]
  return await findByPhones(phones, MOST_CALLS - uuids.length - linked.length, context)
}

/** Leads besides this one that have the e-mail too; `unknown` where TOTVS CRM cannot be asked for such an address. */
export async function findLeadsBeside(
  leadId: string,
  email: string,
  { crm }: JobContext,
): Promise<readonly CrmLead[] | 'unknown'> {
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: email })
  if (filter === undefined) return 'unknown'
  return await crm.findLeads(filter, candidate => candidate.id !== leadId && hasEmail(candidate, email))
}

async function findByUuid(identity: Of<'uuid'>, { crm, links }: JobContext): Promise<CrmLead | undefined> {
  const externalId = `rd:${identity.value}`
  const filter = filterOf({ field: 'externalId', op: 'eq', value: externalId })
  if (filter === undefined) return await findLinked(identity, { crm, links })
  const [found] = await crm.findLeads(filter, candidate => candidate.externalId === externalId)
  return found
}

async function findByEmail(identity: Of<'email'>, { crm, links, note }: JobContext): Promise<CrmLead | undefined> {
  const email = identity.value
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: email })
  // A legal e-mail may hold characters of the filter language. TOTVS CRM cannot be asked for it, so only Ponte's own links count.
  if (filter === undefined) return await findLinked(identity, { crm, links })
  const found = await crm.findLeads(filter, candidate => hasEmail(candidate, email))
  if (found.length > 1) note(message('several-leads-with-email', { count: found.length }))
  return found[0]
}

/** The most likely spelling of each phone first, then the next one, as long as calls are left. */
async function findByPhones(
  phones: readonly Of<'phone'>[],
  mostCalls: number,
  { crm, note }: JobContext,
): Promise<CrmLead | undefined> {
  const ranked = phones
    .flatMap(({ spelling: phone }) => phoneSearchValues(phone).map((spelling, rank) => ({ phone, spelling, rank })))
    .toSorted((one, other) => one.rank - other.rank)
  const questions = ranked.flatMap(({ phone, spelling }) => {
    const filter = filterOf({ field: 'phones.number', op: 'eq', value: spelling })
    return filter === undefined ? [] : [{ phone, filter }]
  })
  const answers = await allAnswers(
    questions.slice(0, mostCalls).map(async ({ phone, filter }) => {
      const found = await crm.findLeads(filter, candidate => isSamePhoneOnly(candidate, phone))
      return found.length === 0 ? undefined : { phone, found }
    }),
  )
  // All spellings of the first phone count before those of the second.
  const found = phones.flatMap(({ spelling }) => answers.flatMap(each => (each.phone === spelling ? each.found : [])))
  const count = new Set(found.map(({ id }) => id)).size
  if (count > 1) note(message('several-leads-with-phone', { count }))
  return found[0]
}

interface LinkedLead {
  readonly leadId: string
  readonly phone: string
}

/** Which leads Ponte has seen under these phones, each once. */
async function linkedLeads(phones: readonly Of<'phone'>[], { links }: JobContext): Promise<LinkedLead[]> {
  const found = new Map<string, LinkedLead>()
  for (const identity of phones) {
    const leadId = await links.leadOf(identity)
    if (leadId !== undefined && !found.has(leadId)) found.set(leadId, { leadId, phone: identity.spelling })
  }
  return [...found.values()]
}

async function findLinkedPhone(leadId: string, phone: string, { crm }: JobContext): Promise<CrmLead | undefined> {
  const lead = await crm.getLead(leadId)
  return lead !== undefined && isSamePhoneOnly(lead, phone) ? lead : undefined
}

async function findLinked(
  identity: Identity,
  { crm, links }: Pick<JobContext, 'crm' | 'links'>,
): Promise<CrmLead | undefined> {
  const leadId = await links.leadOf(identity)
  return leadId === undefined ? undefined : await crm.getLead(leadId)
}

const hasEmail = (lead: CrmLead, email: string): boolean =>
  lead.emails.some(entry => entry.email.toLowerCase() === email.toLowerCase())

const isSamePhoneOnly = (lead: CrmLead, phone: string): boolean =>
  lead.emails.length === 0 && lead.phones.some(({ number }) => samePhone(number, phone))
