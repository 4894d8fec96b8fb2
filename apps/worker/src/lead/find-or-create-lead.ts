import { isDeepStrictEqual } from 'node:util'
import { type CrmLead, message, type Message } from '@ponte/contracts'
import { beginHistory, findLead, isEcho, type RegistrationPlan } from '@ponte/registration'
import { type Change, leadLock, tenantTimeOf } from '@ponte/state'
import { isEmptyChange, notesOf, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import type { JobContext } from '../run/job-context.ts'
import { type Confirmation, confirmationBy } from '../run/job-locks.ts'
import type { KnownLead, LockedLead, Person, Routing } from './registration.ts'
import { chooseOwner, followRoute } from './routing.ts'
import { isOutcomeUnknown } from '../calls/job-delayed.ts'

/**
 * Finds or creates the person's lead, and takes its lock, which the run keeps until it is over. Undefined when
 * there is no lead and the delivery creates none. A lead that Ponte knows is locked before it is read, so it stays as read until it is
 * written. A lead found by search was read without its lock, so it may have changed since (`isStale`).
 */
export async function findOrCreateLead(person: Person, context: JobContext): Promise<LockedLead | undefined> {
  const known = person.linked.find(id => id !== undefined)
  const recorded = known === undefined ? undefined : await lockLead(known, { person, context })
  const lead = await findLead(person, context)
  if (recorded !== undefined && lead !== undefined && lead.id === known)
    return { ...existing(lead), ...recorded(), isStale: false, unrecorded: recordingOf(person, lead.id, context) }
  if (known !== undefined) await context.release([leadLock(known)])

  if (lead === undefined) return isEcho(person.cause) ? undefined : await createAndLock(person, context)
  const changes = recordingOf(person, lead.id, context)
  const recordedNow = await lockLead(lead.id, { changes, person, context })
  return { ...existing(lead), ...recordedNow(), isStale: true, unrecorded: [] }
}

const existing = (lead: CrmLead) => ({ lead, found: lead, routing: undefined })

/**
 * A new lead is created here, before the plan. Its route is looked up first: no lead is created whose route cannot be followed. The lead's
 * history begins in the step that takes its lock, with the opportunity that is about to be opened. An existing history stays: TOTVS CRM may
 * have answered with the id of a lead that it had. If opportunities are looked up first, none is about to be opened yet. That is so for a
 * mark by marketing, where any open opportunity counts, and where an earlier run may have created a lead.
 */
async function createAndLock(person: Person, context: JobContext): Promise<LockedLead> {
  const { data, identities, cause, unfinishedCreationAt } = person
  const { leads } = context
  const routing = await followRoute(person, context)
  const lead = await createLead(person, routing, context)
  const isSearched =
    unfinishedCreationAt !== undefined || cause.kind === 'mark' || context.tenant.settings.opportunity.onlyOne === 'any'
  const typeId = routing.catalog?.opportunityTypeId
  const pendingOpening =
    isSearched || data.import?.opensOpportunity === false
      ? undefined
      : { key: data.key, at: Date.now(), ...(typeId !== undefined && { typeId }) }
  const changes = [
    ...recordingOf(person, lead.id, context),
    leads.beginningOf(lead.id, beginHistory(person, pendingOpening)),
    ...leads.forgettingLeadCreation(identities),
  ]
  const confirmation = pendingOpening && confirmationBy(context.replicas, 'opening')
  const recorded = (await lockLead(lead.id, { changes, confirmation, person, context }))()
  return {
    ...recorded,
    recordedOpening: isDeepStrictEqual(recorded.history.pendingOpening, pendingOpening) ? confirmation : undefined,
    createdFromConversionAt: cause.at,
    lead,
    found: undefined,
    routing,
    isStale: false,
    unrecorded: [],
  }
}

interface LeadLockDeps {
  readonly changes?: readonly Change[]
  readonly confirmation?: Confirmation | undefined
  readonly person: Person
  readonly context: JobContext
}

/**
 * The step that takes the lead's lock also makes the changes and reads what is recorded of the lead. What it returns throws when the record
 * cannot be read. Call that only for the person's lead: another lead's record must not fail the event.
 */
async function lockLead(
  id: string,
  { changes = [], confirmation, person, context }: LeadLockDeps,
): Promise<() => Pick<LockedLead, 'recordedOpening' | 'history' | 'createdFromConversionAt' | 'served'>> {
  const history = context.leads.readingOf(id)
  const served = tenantTimeOf(context.tenant.name)
  const valueOf = await context.lock([leadLock(id)], {
    ...{ changes, readings: [history, served] },
    ...(confirmation && { confirmedBy: confirmation.confirmedBy }),
  })
  return () => ({
    recordedOpening: undefined,
    history: valueOf(history),
    createdFromConversionAt: person.unfinishedCreationAt,
    served: valueOf(served),
  })
}

/** Records what a delivery tells of the person, once the lead is known. */
const recordingOf = (
  { data: { lead }, identities }: Person,
  leadId: string,
  { links }: JobContext,
): readonly Change[] => [
  ...links.rememberingLead(identities, leadId),
  ...(lead.contactCreatedAt === undefined ? [] : links.rememberingContactCreatedAt(lead, lead.contactCreatedAt)),
]

/**
 * Creates the person's lead. Its conversion is recorded before. If the job dies or the answer is lost, the next run finds the lead by its
 * identities, and an older conversion does not overwrite it. Taken back when no run can have created the lead.
 */
async function createLead(person: Person, { route }: Routing, context: JobContext): Promise<KnownLead> {
  const { data, identities, cause, writing, report } = person
  const { id: userId, reason } = await chooseOwner(person, route, context)
  const { lead: crmLead, decisions } = toCrmLead(data.lead, { ...writing, userId })
  for (const note of notesOf(decisions)) context.note(note)
  await context.underLocks({ changes: context.leads.rememberingLeadCreation(identities, cause.at) })
  const id = await context.crm.createLead(crmLead).catch(async (error: unknown) => {
    if (!isOutcomeUnknown(error) && person.unfinishedCreationAt === undefined)
      await context.underLocks({ changes: context.leads.forgettingLeadCreation(identities) })
    throw error
  })
  if (reason !== undefined) {
    context.metrics.defaultUserLeads.inc({ tenant: context.tenant.name, reason })
    context.figures.done.defaultUser()
  }
  report.fieldsDecided(decisions)
  return { id, name: crmLead.name, userId }
}

export interface LeadUpdate {
  readonly found: CrmLead
  readonly isStale: boolean
  /** What the plan says of the lead. */
  readonly plan: Pick<Extract<RegistrationPlan, { kind: 'apply' }>, 'write' | 'before' | 'repeats'>
}

/**
 * Writes what RD Station knows and TOTVS CRM does not. The lead's lists are written whole, so a lead that was read before its lock is read
 * again.
 */
export async function updateLead(
  { data, writing, report }: Person,
  { found, isStale, plan }: LeadUpdate,
  context: JobContext,
): Promise<Message> {
  if (plan.write === 'keep') return message('lead-kept', { lead: found.id })
  const current = (isStale ? await context.crm.getLead(found.id) : found) ?? found
  const { change, decisions } = toCrmLeadChange(data.lead, current, {
    ...writing,
    ...(plan.write === 'fill' && { fillsOnly: true }),
  })
  for (const note of notesOf(decisions)) context.note(note)
  if (isEmptyChange(change)) {
    report.fieldsDecided(decisions)
    return message('lead-unchanged', { lead: found.id })
  }
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // The change was not applied, so an older conversion may still be the newest to apply.
    if (!isOutcomeUnknown(error))
      await context.underLocks({ changes: [context.leads.writingOf(found.id, plan.before)] })
    throw error
  }
  report.fieldsDecided(decisions)
  if (plan.repeats === undefined) context.figures.done.lead('updated')
  return message('lead-updated', { lead: found.id })
}
