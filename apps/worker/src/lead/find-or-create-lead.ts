import { isDeepStrictEqual } from 'node:util'
import type { CrmLead } from '@ponte/contracts'
import { beginHistory, findLead, isEcho } from '@ponte/registration'
import { type Change, leadLock, tenantTimeOf } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import { type Confirmation, confirmationBy } from '../run/confirmation.ts'
import type { LockedLead, Person } from './registration.ts'
import { followRoute } from './routing.ts'
import { createLead } from './write-lead.ts'

/**
 * Finds or creates the person's lead, and takes its lock: until the work under the person's locks ends, where it is called. Undefined when
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
