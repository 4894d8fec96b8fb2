import { filterOf } from '@ponte/clients'
import { type CrmLead, hasAnyEmail, type Identities, type Identity, message } from '@ponte/contracts'
import { phoneSearchValues, samePhone } from '@ponte/mappers'
import type { ReadingContext } from './reading-context.ts'

/** The most calls to the CRM of one look-up, if each answer has one page. There is a limit because the person stays locked meanwhile. */
const MAX_CALLS = 8

type Of<Kind extends Identity['kind']> = Extract<Identity, { kind: Kind }>
const isOf =
  <Kind extends Identity['kind']>(kind: Kind) =>
  (identity: Identity): identity is Of<Kind> =>
    identity.kind === kind

/** The person who is looked for. */
export interface SoughtPerson {
  readonly identities: Identities
  /** For each identity, the lead that it belonged to at its last delivery. */
  readonly linked: readonly (string | undefined)[]
}

/** What a look-up works with. */
interface Search {
  readonly context: ReadingContext
  /** The lead that Ponte last saw under an identity. Each lead is read only once. */
  readonly readLinked: (identity: Identity) => Promise<CrmLead | undefined>
}

/**
 * Finds the CRM lead of this person: by `externalId`, then by e-mail. A person without e-mail is also looked for by phone, but only among
 * CRM leads without e-mail, so that a shared phone never merges two people. Independent questions are asked at once. The lead that Ponte
 * last saw under the `externalId` is read first: usually it still has it, and no other call is needed.
 */
export async function findLead(person: SoughtPerson, context: ReadingContext): Promise<CrmLead | undefined> {
  const { identities } = person
  const search = { context, readLinked: linkedReader(person, context) }
  const uuids = identities.filter(isOf('uuid'))
  const phones = identities.filter(isOf('phone'))
  const linkedUuids = uuids.filter(uuid => linkOf(uuid, person) !== undefined)
  const linkedPhones = phonesOfLinkedLeads(person)

  for (const uuid of linkedUuids) {
    const linked = await search.readLinked(uuid)
    if (linked?.externalId === externalIdOf(uuid)) return linked
  }
  const known = await allAnswers([
    ...uuids.map(uuid => findByUuid(uuid, search)),
    ...linkedPhones.map(phone => findLinkedPhone(phone, search)),
  ])
  if (known[0] !== undefined) return known[0]

  const emails = await allAnswers(identities.filter(isOf('email')).map(email => findByEmail(email, search)))
  if (emails[0] !== undefined) return emails[0]
  return await findByPhones(phones, MAX_CALLS - uuids.length - linkedUuids.length - linkedPhones.length, context)
}

/** Other leads with the same e-mail; `unknown` when TOTVS CRM cannot be asked for such an address. */
export async function findLeadsBeside(
  leadId: string,
  email: string,
  { crm }: ReadingContext,
): Promise<readonly CrmLead[] | 'unknown'> {
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: email })
  if (filter === undefined) return 'unknown'
  return await crm.findLeads(filter, candidate => candidate.id !== leadId && hasEmail(candidate, email))
}

async function findByUuid(identity: Of<'uuid'>, { context, readLinked }: Search): Promise<CrmLead | undefined> {
  const externalId = externalIdOf(identity)
  const filter = filterOf({ field: 'externalId', op: 'eq', value: externalId })
  if (filter === undefined) return await readLinked(identity)
  const [found] = await context.crm.findLeads(filter, candidate => candidate.externalId === externalId)
  return found
}

async function findByEmail(identity: Of<'email'>, { context, readLinked }: Search): Promise<CrmLead | undefined> {
  const email = identity.value
  const filter = filterOf({ field: 'emails.email', op: 'ieq', value: email })
  // A legal e-mail may hold characters of the filter language. TOTVS CRM cannot be asked for it, so only Ponte's own links count.
  if (filter === undefined) return await readLinked(identity)
  const found = await context.crm.findLeads(filter, candidate => hasEmail(candidate, email))
  if (found.length > 1) context.note(message('several-leads-with-email', { count: found.length }))
  return found[0]
}

/** Asks for the most likely spelling of each phone first, then for the next ones, as long as calls are left. */
async function findByPhones(
  phones: readonly Of<'phone'>[],
  mostCalls: number,
  { crm, note }: ReadingContext,
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
  // Leads found by any spelling of the first phone come before those of the second.
  const found = phones.flatMap(({ spelling }) => answers.flatMap(each => (each.phone === spelling ? each.found : [])))
  const count = new Set(found.map(({ id }) => id)).size
  if (count > 1) note(message('several-leads-with-phone', { count }))
  return found[0]
}

function linkedReader(person: SoughtPerson, { crm }: ReadingContext): Search['readLinked'] {
  const readings = new Map<string, Promise<CrmLead | undefined>>()
  return async identity => {
    const leadId = linkOf(identity, person)
    if (leadId === undefined) return undefined
    const reading = readings.get(leadId) ?? crm.getLead(leadId)
    readings.set(leadId, reading)
    return await reading
  }
}

const linkOf = (identity: Identity, { identities, linked }: SoughtPerson): string | undefined =>
  linked[identities.indexOf(identity)]

/** Phones under which Ponte has seen leads, one for each lead. */
function phonesOfLinkedLeads(person: SoughtPerson): readonly Of<'phone'>[] {
  const found = new Map<string, Of<'phone'>>()
  for (const phone of person.identities.filter(isOf('phone'))) {
    const leadId = linkOf(phone, person)
    if (leadId !== undefined && !found.has(leadId)) found.set(leadId, phone)
  }
  return [...found.values()]
}

async function findLinkedPhone(phone: Of<'phone'>, { readLinked }: Search): Promise<CrmLead | undefined> {
  const lead = await readLinked(phone)
  return lead !== undefined && isSamePhoneOnly(lead, phone.spelling) ? lead : undefined
}

const externalIdOf = ({ value }: Of<'uuid'>): string => `rd:${value}`

const hasEmail = (lead: CrmLead, email: string): boolean =>
  lead.emails.some(entry => entry.email.trim().toLowerCase() === email.toLowerCase())

const isSamePhoneOnly = (lead: CrmLead, phone: string): boolean =>
  !hasAnyEmail(lead) && lead.phones.some(({ number }) => samePhone(number, phone))

/**
 * The answers to several questions that were asked at once, in the order of the questions, without empty ones. Waits for all of them, so
 * that no call is under way when the locks are released. Throws the first error, unless an earlier question found something. Answers after
 * an error do not count.
 */
async function allAnswers<Answer>(questions: readonly Promise<Answer | undefined>[]): Promise<readonly Answer[]> {
  const found: Answer[] = []
  for (const answer of await Promise.allSettled(questions)) {
    if (answer.status === 'fulfilled') {
      if (answer.value !== undefined) found.push(answer.value)
    } else if (found.length > 0) break
    else throw answer.reason
  }
  return found
}
