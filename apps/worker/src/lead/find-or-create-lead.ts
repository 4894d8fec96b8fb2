import { isDeepStrictEqual } from 'node:util'
import type { CrmLead } from '@ponte/contracts'
import { beginHistory, findLead, isEcho } from '@ponte/registration'
import { type Change, leadLock, tenantTimeOf } from '@ponte/state'
import type { LeadContext } from '../run/job-context.ts'
import { type Confirmation, confirmationBy } from '../run/require-replicas.ts'
import { createLead } from './write-lead.ts'
import { followRoute } from './routing.ts'
import type { LockedLead, Person } from './registration.ts'

type Work<Result> = (locked: LockedLead) => Promise<Result>

/**
 * Finds or creates the person's lead, and runs `work` under the lead's own lock. Call it under the person's locks. Returns `undefined` when
 * there is no lead and the delivery creates none. A lead that Ponte knows is locked before it is read, so it stays as read until it is
 * written. Another contact of the same lead may change any other before its lock is taken (`isStale`).
 */
export async function withPersonsLead<Result>(
  person: Person,
  context: LeadContext,
  work: Work<Result>,
): Promise<Result | undefined> {
  const known = person.linked.find(id => id !== undefined)
  if (known === undefined) return await lockOrCreate(await findLead(person, context), { person, context, work })

  const attempt = await underLeadLock({ id: known, person, context }, async recordedOf => {
    const found = await findLead(person, context)
    if (found?.id !== known) return { found }
    const unrecorded = recordingOf(person, known, context)
    return {
      result: await work({ ...recordedOf(), lead: found, found, routing: undefined, isStale: false, unrecorded }),
    }
  })
  return 'result' in attempt ? attempt.result : await lockOrCreate(attempt.found, { person, context, work })
}

interface Deps<Result> {
  readonly person: Person
  readonly context: LeadContext
  readonly work: Work<Result>
}

async function lockOrCreate<Result>(
  found: CrmLead | undefined,
  { person, context, work }: Deps<Result>,
): Promise<Result | undefined> {
  if (found === undefined) return isEcho(person.cause) ? undefined : await createAndLock({ person, context, work })
  const changes = recordingOf(person, found.id, context)
  return await underLeadLock({ id: found.id, changes, person, context }, recordedOf =>
    work({ ...recordedOf(), lead: found, found, routing: undefined, isStale: true, unrecorded: [] }),
  )
}

/**
 * A new lead is created here, before the plan. Its route is looked up first: no lead is created whose route cannot be followed. The lead's
 * history begins in the step that takes its lock, with the opportunity that is about to be opened. An existing history stays: TOTVS CRM may
 * have answered with the id of a lead that it had. If opportunities are looked up first, none is about to be opened yet. That is so for a
 * mark by marketing, where any open opportunity counts, and where an earlier run may have created a lead.
 */
async function createAndLock<Result>({ person, context, work }: Deps<Result>): Promise<Result> {
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
  return await underLeadLock({ id: lead.id, changes, confirmation, person, context }, recordedOf => {
    const recorded = recordedOf()
    const isRecorded = isDeepStrictEqual(recorded.history.pendingOpening, pendingOpening)
    return work({
      ...recorded,
      recordedOpening: isRecorded ? confirmation : undefined,
      createdFromConversionAt: cause.at,
      lead,
      found: undefined,
      routing,
      isStale: false,
      unrecorded: [],
    })
  })
}

type Recorded = Pick<LockedLead, 'recordedOpening' | 'history' | 'createdFromConversionAt' | 'served'>

/**
 * The step that takes the lead's lock also makes the changes and reads what is recorded of the lead. `recordedOf` throws when the record
 * cannot be read. Call it only for the person's lead: another lead's record must not fail the event.
 */
function underLeadLock<Result>(
  {
    id,
    changes = [],
    confirmation,
    person,
    context,
  }: Omit<Deps<Result>, 'work'> & {
    id: string
    changes?: readonly Change[]
    confirmation?: Confirmation | undefined
  },
  work: (recordedOf: () => Recorded) => Promise<Result>,
): Promise<Result> {
  const history = context.leads.readingOf(id)
  const served = tenantTimeOf(context.tenant.name)
  return context.locked(
    [leadLock(id)],
    valueOf =>
      work(() => ({
        recordedOpening: undefined,
        history: valueOf(history),
        createdFromConversionAt: person.unfinishedCreationAt,
        served: valueOf(served),
      })),
    { changes, readings: [history, served], ...(confirmation && { confirmedBy: confirmation.confirmedBy }) },
  )
}

/** Records what a delivery tells of the person, once the lead is known. */
const recordingOf = (
  { data: { lead }, identities }: Person,
  leadId: string,
  { links }: LeadContext,
): readonly Change[] => [
  ...links.rememberingLead(identities, leadId),
  ...(lead.contactCreatedAt === undefined ? [] : links.rememberingContactCreatedAt(lead, lead.contactCreatedAt)),
]
