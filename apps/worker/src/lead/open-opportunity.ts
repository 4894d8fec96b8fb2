import { type CrmOpportunity, message, type Message, readCrmTime } from '@ponte/contracts'
import { notesOf, toCrmOpportunity } from '@ponte/mappers'
import { decide, decideOpportunity, findOpportunityCatalog, recordedIds, undecide } from '@ponte/registration'
import type { Change, LeadHistory } from '@ponte/state'
import { isFromBefore, wasBeingOpened } from '../mark/resolve/before-our-time.ts'
import { isOutcomeUnknown } from '../calls/job-delayed.ts'
import type { JobContext } from '../run/job-context.ts'
import { type Confirmation, confirmationBy } from '../run/job-locks.ts'
import { ownerOfOpportunity } from './routing.ts'
import type { KnownLead, LockedLead, Person, Routing } from './registration.ts'

/** Ponte's opportunities that are remembered of one lead, besides the last: one of them may be reopened. */
const MAX_EARLIER = 20

export interface OpeningRequest extends Pick<LockedLead, 'recordedOpening' | 'served'> {
  readonly person: Person
  readonly routing: Routing
  /** This run has created the lead. */
  readonly isNewLead: boolean
  readonly crmLead: KnownLead
  /** With `recordedOpening` it says already that this opportunity is being opened. */
  readonly history: LeadHistory
}

export interface OpeningResult {
  readonly summary: Message
  /** To be recorded in the last step under the lead's lock. Without that step the next run looks the opportunity up. */
  readonly changes: readonly Change[]
  /** The opportunity that the lead's history names last. */
  readonly lastOpened: LeadHistory['lastOpened']
  /** This event has opened it, in this run or in one whose answer was lost. */
  readonly isNew: boolean
}

/**
 * Opens the lead's opportunity, unless this event has had its own before, or one that Ponte opened is in progress. `opportunity.onlyOne`
 * can make any one in progress count. A create whose answer was lost is looked up first, also among opportunities that were closed since.
 * See docs/behaviour/leads.md#one-open-opportunity.
 */
export async function openOpportunity(request: OpeningRequest, context: JobContext): Promise<OpeningResult> {
  const { person, crmLead, history, recordedOpening } = request
  const { key, lead } = person.data
  if (recordedOpening !== undefined) return await openAnother(request, context)
  const lateSince = context.mode().isLate ? Date.parse(person.data.receivedAt) : undefined
  const question = { key, lead, leadId: crmLead.id, history, cause: person.cause, lateSince }
  const decision = await decideOpportunity(question, context)
  if (decision.kind === 'held-up') {
    const changes = [context.leads.writingOf(crmLead.id, decide(history, person))]
    return { summary: decision.summary, changes, lastOpened: history.lastOpened, isNew: false }
  }
  if (decision.kind === 'in-progress') {
    // This event opened it, or somebody else did: maybe the system that ran before Ponte.
    const { id } = decision.opportunity
    const isOwn = history.pendingOpening?.key === key
    const begun = isOwn ? 'none' : await adoptedAs(decision.opportunity, request, context)
    const isNew = isOwn && !recordedIds(history).includes(id)
    return resultFor(id, { request, summary: message('opportunity-in-progress'), begun, isNew }, context)
  }
  if (decision.kind === 'was-opened') {
    const summary = message('opportunity-found-open')
    sayRoute(request)
    return resultFor(decision.opportunity.id, { request, summary, begun: 'none', isNew: true }, context)
  }
  const { others = [] } = decision
  return await openAnother(others.length === 0 ? request : { ...request, history: { ...history, others } }, context)
}

async function openAnother(request: OpeningRequest, context: JobContext): Promise<OpeningResult> {
  const id = await createOpportunity(request, context)
  sayRoute(request)
  return resultFor(id, { request, summary: message('opportunity-opened'), begun: 'none', isNew: true }, context)
}

const sayRoute = ({ person, routing: { route } }: OpeningRequest): void => {
  if (route !== undefined) person.report.routed(route.name)
}

/**
 * Records before the call that the opportunity is being opened, so that replicas of Redis have it (docs/operating/failover.md). Takes that
 * back when it certainly was not opened.
 */
async function createOpportunity(
  { person, routing: { route, catalog }, isNewLead, crmLead, history, recordedOpening }: OpeningRequest,
  context: JobContext,
): Promise<string> {
  const { key, lead } = person.data
  const write = (current: LeadHistory, by?: Confirmation) =>
    context.underLocks({
      changes: [context.leads.writingOf(crmLead.id, current)],
      ...(by && { confirmedBy: by.confirmedBy }),
    })
  let recorded = recordedOpening
  let isSent = false
  try {
    const ids = catalog ?? (await findOpportunityCatalog(context))
    const userId = await ownerOfOpportunity(person, { lead: crmLead, isNew: isNewLead, route }, context)
    const { statusMap } = context.tenant.settings.totvsCrm
    const place = { leadId: crmLead.id, userId, statusMap, ...ids }
    const { opportunity, decisions } = toCrmOpportunity(lead, { ...person.writing, place })
    for (const note of notesOf(decisions)) context.note(note)
    if (recorded === undefined) {
      const confirmation = confirmationBy(context.replicas, 'opening')
      const pendingOpening = { key, at: Date.now(), typeId: ids.opportunityTypeId }
      await write(decide({ ...history, pendingOpening }, person), confirmation)
      recorded = confirmation
    }
    if (!recorded.requireReplicas()) context.note(message('opening-not-confirmed'))
    isSent = true
    const id = await context.crm.createOpportunity(opportunity)
    person.report.fieldsDecided(decisions)
    return id
  } catch (error) {
    if (recorded !== undefined && !(isSent && isOutcomeUnknown(error)))
      await write(recordedOpening === undefined ? history : undecide(withoutPendingOpening(history), key))
    throw error
  }
}

/** What is recorded of an opportunity that Ponte opened, or that an earlier system did. */
function resultFor(
  id: string,
  {
    request,
    summary,
    begun,
    isNew,
  }: Pick<OpeningResult, 'summary' | 'isNew'> & {
    readonly request: OpeningRequest
    readonly begun: 'none' | 'open' | undefined
  },
  { leads, marks }: JobContext,
): OpeningResult {
  const { person, crmLead, history } = request
  const { key } = person.data
  const current = decide(withLastOpened(history, { id, key }), person)
  return {
    summary,
    changes: [leads.writingOf(crmLead.id, current), ...(begun === undefined ? [] : [marks.beginningOf(id, begun)])],
    lastOpened: current.lastOpened,
    isNew,
  }
}

const withoutPendingOpening = ({ pendingOpening: _pending, ...history }: LeadHistory): LeadHistory => history

function withLastOpened(history: LeadHistory, lastOpened: { id: string; key: string }): LeadHistory {
  const earlier = recordedIds(history).filter(id => id !== lastOpened.id)
  return {
    ...withoutPendingOpening(history),
    lastOpened,
    ...(earlier.length > 0 && { earlier: earlier.slice(0, MAX_EARLIER) }),
  }
}

/**
 * An opportunity from before Ponte's time counts as marked with its present state. See docs/behaviour/marks.md#opportunities-from-before-ponte.
 */
async function adoptedAs(
  opportunity: CrmOpportunity,
  { history, served }: OpeningRequest,
  context: JobContext,
): Promise<'open' | undefined> {
  const { createdAt } = opportunity
  // The marks of that opportunity fail and say why. The lead need not fail.
  if (readCrmTime(createdAt) === 'unreadable') return undefined
  const isOld = await isFromBefore({ createdAt, served }, context)
  return isOld && !wasBeingOpened(opportunity, history) ? 'open' : undefined
}
