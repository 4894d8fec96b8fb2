import { type CrmOpportunity, message, type Message, readCrmTime } from '@ponte/contracts'
import { notesOf, toCrmOpportunity } from '@ponte/mappers'
import { decideOpportunity, findOpportunityCatalog, recordedIds } from '@ponte/registration'
import { type Change, type LeadHistory } from '@ponte/state'
import { isFromBefore, wasBeingOpened } from '../mark/observe/before-our-time.ts'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import type { LeadContext } from '../run/job-context.ts'
import { ownerOfOpportunity } from './choose-owner.ts'
import type { KnownLead, LockedLead, Person, Routing } from './registration.ts'

/** Ponte's opportunities that are remembered of one lead, besides the last: one of them may be reopened. */
const MOST_EARLIER = 20

export interface Opening extends Pick<LockedLead, 'opensAtOnce' | 'start'> {
  readonly person: Person
  readonly routing: Routing
  /** This run has created the lead. */
  readonly isNewLead: boolean
  readonly crmLead: KnownLead
  /** With `opensAtOnce` it says already that this opportunity is being opened. */
  readonly history: LeadHistory
}

export interface Opened {
  readonly summary: Message
  /** To be recorded in the last step under the lead's lock. Without that step the next run looks the opportunity up. */
  readonly changes: readonly Change[]
  /** The opportunity that the lead's history names last. */
  readonly opened: LeadHistory['opened']
  /** This event has opened it, in this run or in one whose answer was lost. */
  readonly isNew: boolean
}

/**
 * Opens the lead's opportunity, unless this event has had its own before, or one that Ponte opened is in progress. `opportunity.onlyOne`
 * can make any one in progress count. A create whose answer was lost is looked up first, also among opportunities that were closed since.
 * See docs/behaviour.md#one-open-opportunity.
 */
export async function openOpportunity(opening: Opening, context: LeadContext): Promise<Opened> {
  const { person, crmLead, history, opensAtOnce } = opening
  const { key, lead } = person.data
  if (opensAtOnce) return await openAnother(opening, context)
  const question = { key, lead, leadId: crmLead.id, history, cause: person.cause.kind }
  const decision = await decideOpportunity(question, context)
  if (decision.kind === 'held-up') {
    const changes = isMark(person) ? [context.leads.writingOf(crmLead.id, decided(history, person))] : []
    return { summary: decision.summary, changes, opened: history.opened, isNew: false }
  }
  if (decision.kind === 'in-progress') {
    // This event opened it, or somebody else did: maybe the system that ran before Ponte.
    const { id } = decision.opportunity
    const isOwn = history.opening?.key === key
    const begun = isOwn ? 'none' : await adoptedAs(decision.opportunity, opening, context)
    const isNew = isOwn && !recordedIds(history).includes(id)
    return opened(id, { opening, summary: message('opportunity-in-progress'), begun, isNew }, context)
  }
  if (decision.kind === 'was-opened') {
    const summary = message('opportunity-found-open')
    sayRoute(opening)
    return opened(decision.opportunity.id, { opening, summary, begun: 'none', isNew: true }, context)
  }
  return await openAnother(opening, context)
}

async function openAnother(opening: Opening, context: LeadContext): Promise<Opened> {
  const id = await createOpportunity(opening, context)
  sayRoute(opening)
  return opened(id, { opening, summary: message('opportunity-opened'), begun: 'none', isNew: true }, context)
}

const sayRoute = ({ person, routing: { route } }: Opening): void => {
  if (route !== undefined) person.report.routed(route.name)
}

/** Records before the call that the opportunity is being opened. Takes that back when it certainly was not opened. */
async function createOpportunity(
  { person, routing: { route, catalog }, isNewLead, crmLead, history, opensAtOnce }: Opening,
  context: LeadContext,
): Promise<string> {
  const { key, lead } = person.data
  const write = (current: LeadHistory) =>
    context.underLocks({ changes: [context.leads.writingOf(crmLead.id, current)] })
  let isRecorded = opensAtOnce
  let isSent = false
  try {
    const ids = catalog ?? (await findOpportunityCatalog(context))
    const userId = await ownerOfOpportunity(person, { lead: crmLead, isNew: isNewLead, route }, context)
    const { statusMap } = context.tenant.settings.totvsCrm
    const place = { leadId: crmLead.id, userId, statusMap, ...ids }
    const { opportunity, decisions } = toCrmOpportunity(lead, { ...person.writing, place })
    for (const note of notesOf(decisions)) context.note(note)
    if (!opensAtOnce) {
      await write({ ...history, opening: { key, at: Date.now(), typeId: ids.opportunityTypeId } })
      isRecorded = true
    }
    isSent = true
    const id = await context.crm.createOpportunity(opportunity)
    person.report.fieldsDecided(decisions)
    return id
  } catch (error) {
    if (isRecorded && !(isSent && isOutcomeUnknown(error))) await write(opensAtOnce ? notOpening(history) : history)
    throw error
  }
}

/** What is recorded of an opportunity that Ponte opened, or that an earlier system did. */
function opened(
  id: string,
  {
    opening,
    summary,
    begun,
    isNew,
  }: Pick<Opened, 'summary' | 'isNew'> & {
    readonly opening: Opening
    readonly begun: 'none' | 'open' | undefined
  },
  { leads, marks }: LeadContext,
): Opened {
  const { person, crmLead, history } = opening
  const { key } = person.data
  const current = decided(withOpened(history, { id, key }), person)
  return {
    summary,
    changes: [leads.writingOf(crmLead.id, current), ...(begun === undefined ? [] : [marks.beginningOf(id, begun)])],
    opened: current.opened,
    isNew,
  }
}

const isMark = ({ cause }: Person): boolean => cause.kind === 'mark'

/** A mark by marketing is followed once, whatever the result: later deliveries repeat its time. */
const decided = (history: LeadHistory, person: Person): LeadHistory =>
  isMark(person) ? { ...history, decidedAt: person.cause.at } : history

const notOpening = ({ opening: _opening, ...history }: LeadHistory): LeadHistory => history

function withOpened(history: LeadHistory, opened: { id: string; key: string }): LeadHistory {
  const earlier = recordedIds(history).filter(id => id !== opened.id)
  return { ...notOpening(history), opened, ...(earlier.length > 0 && { earlier: earlier.slice(0, MOST_EARLIER) }) }
}

/**
 * An opportunity from before Ponte's time counts as marked with its present state. See docs/behaviour.md#opportunities-from-before-ponte.
 */
async function adoptedAs(
  { createdAt }: CrmOpportunity,
  { history, start }: Opening,
  context: LeadContext,
): Promise<'open' | undefined> {
  // The marks of that opportunity fail and say why. The lead need not fail.
  if (readCrmTime(createdAt) === 'unreadable') return undefined
  const isOld = await isFromBefore({ createdAt, start }, context)
  return isOld && !wasBeingOpened({ createdAt }, history.opening) ? 'open' : undefined
}
