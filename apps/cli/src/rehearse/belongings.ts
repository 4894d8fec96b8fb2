import { type CrmFilter, filterOf, type RdStationClient, type TotvsCrmClient } from '@ponte/clients'
import { type CrmLead, type CrmOpportunity, PermanentFailure } from '@ponte/contracts'
import { findAllOfLead } from '@ponte/registration'
import type { Rehearsal } from './context.ts'
import type { SeenEvent } from './ponte-events.ts'

/** A record of one of the systems. */
export interface FoundRecord {
  readonly system: 'rd-station' | 'totvs-crm'
  readonly kind: 'contact' | 'lead' | 'opportunity'
  readonly id: string
}

type Kind = Omit<FoundRecord, 'id'>
const contactKind = { system: 'rd-station', kind: 'contact' } as const
const leadKind = { system: 'totvs-crm', kind: 'lead' } as const
const opportunityKind = { system: 'totvs-crm', kind: 'opportunity' } as const

/** Called for each look-up that failed. When it returns, what was looked for is left out. */
export type OnFailure = (kind: Kind, error: unknown) => void

/** What is looked up of a run, and where. */
export interface LookUp extends Pick<Rehearsal, 'email' | 'unknownEmail'> {
  readonly state: Pick<Rehearsal['state'], 'id' | 'contact' | 'lead' | 'opportunities'>
  readonly rd: Pick<RdStationClient, 'findContact'>
  readonly crm: Pick<TotvsCrmClient, 'findLeads' | 'findOpportunities'>
}

/** In whichever member: rules of a tenant may write the name into another one. */
export const carriesWord = (record: object, { state }: Pick<LookUp, 'state'>): boolean =>
  JSON.stringify(record).includes(state.id)

export const isOwnLead =
  (run: Pick<LookUp, 'state'>) =>
  ({ id, externalId, asStored }: CrmLead): boolean =>
    id === run.state.lead ||
    (run.state.contact !== undefined && externalId === `rd:${run.state.contact}`) ||
    carriesWord(asStored, run)

export const isOwnOpportunity =
  (run: Pick<LookUp, 'state'>) =>
  (opportunity: CrmOpportunity): boolean =>
    run.state.opportunities.includes(opportunity.id) || carriesWord(opportunity, run)

/** Whether a job of a lead is of a conversion of the run, or of a mark of its contact. */
const isOwnDelivery =
  (run: Pick<LookUp, 'state'> & Pick<Rehearsal, 'identifier'>) =>
  (lead: Readonly<Record<string, unknown>>): boolean =>
    lead['deliveredFor'] === undefined && lead['conversionIdentifier'] !== undefined
      ? lead['conversionIdentifier'] === run.identifier
      : carriesWord(lead, run)

const rethrow: OnFailure = (_kind, error) => {
  throw error
}

/** What RD Station holds under the run's e-mails. `others`: of somebody else. */
export async function findContacts(run: LookUp, onFailure: OnFailure = rethrow) {
  const { state, email, unknownEmail, rd } = run
  const found = await Promise.all(
    [email, unknownEmail].map(address => orFail(contactKind, onFailure, () => rd.findContact({ email: address }))),
  )
  const contacts = found.flatMap(each => each ?? [])
  const own = idsOf(
    state.contact,
    contacts.filter(contact => carriesWord(contact, run)).map(({ uuid }) => uuid),
  )
  return {
    own,
    others: recordsOf(
      contactKind,
      contacts.map(({ uuid }) => uuid).filter(uuid => !own.includes(uuid)),
    ),
  }
}

/**
 * What TOTVS CRM holds under the run's e-mails, and under its leads. `others`: of somebody else, and leads of the run that somebody else's
 * opportunity needs (`areNeeded`). A lead whose opportunities could not be read (`unread`) may be needed as well.
 */
export async function findCrmRecords(run: LookUp, onFailure: OnFailure = rethrow) {
  const { state, email, unknownEmail } = run
  const found = await Promise.all(
    [email, unknownEmail].map(address => orFail(leadKind, onFailure, () => findLeads(run, address))),
  )
  const leads = found.flatMap(each => each ?? [])
  const ownLeads = idsOf(
    state.lead,
    leads.filter(isOwnLead(run)).map(({ id }) => id),
  )
  const opened = await Promise.all(
    ownLeads.map(lead => orFail(opportunityKind, onFailure, () => findOpportunitiesOf(lead, run))),
  )
  const opportunities = opened.flatMap(each => each ?? [])
  const own = idsOf(
    state.opportunities,
    opportunities.filter(isOwnOpportunity(run)).map(({ id }) => id),
  )
  const ofOthers = opportunities.filter(({ id }) => !own.includes(id))
  const needed = idsOf(ofOthers.map(({ leadId }) => leadId))
  const unread = ownLeads.filter((_id, index) => opened[index] === undefined)
  const leadsOfOthers = leads.map(({ id }) => id).filter(id => !ownLeads.includes(id))
  return {
    /** Nobody else needs them. */
    leads: ownLeads.filter(id => !needed.includes(id) && !unread.includes(id)),
    opportunities: own,
    unread,
    areNeeded: needed.length > 0,
    /** Otherwise somebody else may have what nobody saw. */
    areAllRead: ![...found, ...opened].includes(undefined),
    others: [
      ...recordsOf(opportunityKind, idsOf(ofOthers.map(({ id }) => id))),
      ...recordsOf(leadKind, idsOf(needed, leadsOfOthers)),
    ],
  }
}

async function orFail<Value>(kind: Kind, onFailure: OnFailure, look: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await look()
  } catch (error) {
    onFailure(kind, error)
    return undefined
  }
}

/** Each once. */
const idsOf = (...ids: readonly (string | undefined | readonly (string | undefined)[])[]): readonly string[] => [
  ...new Set(ids.flat().filter(id => id !== undefined)),
]

/** The run's own as well. */
const contactsOf = ({ own, others }: Awaited<ReturnType<typeof findContacts>>): readonly FoundRecord[] => [
  ...recordsOf(contactKind, own),
  ...others,
]

const recordsOf = (kind: Kind, ids: readonly string[]): readonly FoundRecord[] => ids.map(id => ({ ...kind, id }))

/** Every lead with one of the run's e-mails, whoever made it, and the lead of its contact. */
export async function findLeads({ crm, state, email }: LookUp, address: string = email): Promise<readonly CrmLead[]> {
  const externalId = address === email && state.contact !== undefined ? `rd:${state.contact}` : undefined
  const isWanted = (lead: CrmLead): boolean =>
    (externalId !== undefined && lead.externalId === externalId) ||
    lead.emails.some(each => each.email.toLowerCase() === address)
  const filters = [
    ...(externalId === undefined ? [] : [requireFilter({ field: 'externalId', op: 'eq', value: externalId })]),
    requireFilter({ field: 'emails.email', op: 'ieq', value: address }),
  ]
  const found = await Promise.all(filters.map(filter => crm.findLeads(filter, isWanted)))
  return [...new Map(found.flat().map(lead => [lead.id, lead])).values()]
}

/** A list may leave out the lead of an opportunity. */
const findOpportunitiesOf = async (lead: string, run: LookUp): Promise<readonly CrmOpportunity[]> =>
  (await findAllOfLead(lead, run)).map(each => ({ ...each, leadId: lead }))

/** What no filter can hold cannot be looked for: nobody knows what the system holds of it. */
function requireFilter(term: Parameters<typeof filterOf>[number]): CrmFilter {
  const filter = filterOf(term)
  if (filter === undefined) throw new PermanentFailure('CRM_UNREADABLE', { context: { problem: 'id' } })
  return filter
}

/** What somebody else made, or needs. Rejects when a system does not say it. */
export async function findOthers(run: LookUp): Promise<readonly FoundRecord[]> {
  const [contacts, records] = [await findContacts(run), await findCrmRecords(run)]
  return [...(records.areNeeded ? contactsOf(contacts) : contacts.others), ...records.others]
}

/** What a person has to remove. Without an id: what to look for, because the system did not say whether it is there. */
export interface LeftRecord extends Omit<FoundRecord, 'id'> {
  readonly id: string | null
}

export interface CleanUp {
  readonly removed: readonly FoundRecord[]
  readonly left: readonly LeftRecord[]
  /** What no rehearsal made, and was left alone. */
  readonly others: readonly FoundRecord[]
  /** RD Station may have been told of a sale or a loss: its reports keep that. */
  readonly isEndReported: boolean
}

export const nothingCleaned: CleanUp = { removed: [], left: [], others: [], isEndReported: false }

/** A run, as far as its end needs it. */
interface Ended extends LookUp, Pick<Rehearsal, 'identifier'> {
  readonly rd: LookUp['rd'] & Pick<Rehearsal['rd'], 'removeContact'>
  readonly crm: LookUp['crm'] & Pick<Rehearsal['crm'], 'remove'>
  readonly events: Pick<Rehearsal['events'], 'removeJobs' | 'of'>
  readonly rehearsals: Pick<Rehearsal['rehearsals'], 'end'>
  readonly save: Rehearsal['save']
}

/** Marks that RD Station's reports keep, and the events for which they are made. */
const lastingMarks: ReadonlySet<unknown> = new Set(['sale', 'loss'])
const endings: ReadonlySet<string> = new Set(['opportunity.won', 'opportunity.lost'])
/** What a run says of marks that RD Station has. */
const saysMarks: ReadonlySet<string> = new Set(['marked', 'mark-found'])

/** Whether Ponte has reported a sale or a loss to RD Station. A run whose call got no answer may have. */
const reportsEnd = ({ name, runs }: SeenEvent): boolean =>
  runs.some(({ outcome, summary = [] }) => {
    const marks = [summary].flat().flatMap(({ key, values }) => (saysMarks.has(key) ? Object.values(values ?? {}) : []))
    return outcome === 'retrying' ? endings.has(name) : marks.flat().some(mark => lastingMarks.has(mark))
  })

/**
 * Ends a run for good: it is not resumed any more. If something is left, the run stays known, so that the next one of its person removes it.
 */
export async function endRehearsal(run: Ended): Promise<CleanUp> {
  // Redis may not answer: the records are removed all the same.
  await run.save({ isOver: true }).catch(() => undefined)
  const cleaned = await cleanUp(run)
  if (cleaned.left.length === 0) await run.rehearsals.end().catch(() => undefined)
  return cleaned
}

/**
 * Removes what the run made, as far as the systems allow, whatever state it was cut off in, and nothing else. Never rejects: what could not
 * be removed is named.
 */
async function cleanUp(run: Ended): Promise<CleanUp> {
  const { rd, crm, events } = run
  const removed = new Map<string, FoundRecord>()
  const left = new Map<string, LeftRecord>()
  const keep = (record: LeftRecord): void => void left.set(keyOf(record), record)
  const remove = async (record: FoundRecord, work: () => Promise<unknown>): Promise<void> => {
    const isGone = await work().then(
      () => true,
      () => false,
    )
    if (isGone) removed.set(keyOf(record), record)
    else keep(record)
  }
  const couldNotLook: OnFailure = kind => keep({ ...kind, id: null })
  const removeJobs = (opportunities: readonly string[]) =>
    events.removeJobs({ opportunities, isOwnDelivery: isOwnDelivery(run) }).catch(() => undefined)

  const [contacts, before] = [await findContacts(run, couldNotLook), await findCrmRecords(run, couldNotLook)]
  // Whoever has an opportunity under the test person needs the contact as well.
  if (!before.areNeeded)
    for (const id of contacts.own) {
      const contact = { system: 'rd-station', kind: 'contact', id } as const
      if (before.areAllRead) await remove(contact, () => rd.removeContact(id))
      else keep(contact)
    }
  // What still waits would make a lead anew.
  await removeJobs(before.opportunities)
  const after = await findCrmRecords(run, couldNotLook)
  // What one of the two looks found of somebody else counts, though the other one failed.
  const others = new Map(
    [...(before.areNeeded ? contactsOf(contacts) : contacts.others), ...before.others, ...after.others].map(record => [
      keyOf(record),
      record,
    ]),
  )
  const opportunities = new Set([...before.opportunities, ...after.opportunities])
  for (const id of opportunities)
    await remove({ system: 'totvs-crm', kind: 'opportunity', id }, () => crm.remove('opportunity', id))
  for (const id of new Set([before, after].flatMap(each => [...each.leads, ...each.unread]))) {
    const lead = { system: 'totvs-crm', kind: 'lead', id } as const
    if (others.has(keyOf(lead))) continue
    if (after.leads.includes(id)) await remove(lead, () => crm.remove('lead', id))
    else keep(lead)
  }
  await removeJobs([...opportunities])
  // Without Redis nobody knows.
  const seen = await Promise.all([...opportunities].map(events.of)).catch(() => undefined)
  const isEndReported = seen?.flat().some(reportsEnd) ?? true
  return { removed: [...removed.values()], left: [...left.values()], others: [...others.values()], isEndReported }
}

const keyOf = ({ system, kind, id }: LeftRecord): string => `${system} ${kind} ${id}`
