import {
  type CrmOpportunity,
  message,
  type Message,
  type RegisteredLead,
  CLOCK_SKEW_MS,
  mayBeSince,
  PermanentFailure,
} from '@ponte/contracts'
import type { LeadHistory } from '@ponte/state'
import type { ReadingContext } from './reading-context.ts'
import type { Cause } from './registration-cause.ts'
import { filterOf } from '@ponte/clients'
import { foldDescription, outcomeOfStatus } from '@ponte/mappers'
import { findLeadsBeside } from './find-lead.ts'
import { findOwnTypeIds, ownTypes } from './opportunity-catalog.ts'

/** A lead that TOTVS CRM has, and the event that may open an opportunity for it. */
export interface OpportunityQuestion {
  readonly key: string
  readonly lead: RegisteredLead
  readonly leadId: string
  readonly history: LeadHistory
  /**
   * A conversion is held up by an open opportunity of Ponte's, an imported row without a time also by one that has ended: it may be of the
   * same conversion. A mark by marketing is held up by any open opportunity of the person.
   */
  readonly cause: Pick<Cause, 'kind' | 'isUndated'>
  /** The package has worked again since the event came, then, in milliseconds since 1970: it may have opened one for the event. */
  readonly lateSince?: number | undefined
}

export type OpportunityDecision =
  /** `others`: those that others have opened for the lead. They are read when Ponte opens its first. */
  | { readonly kind: 'open'; readonly others?: string[] }
  | { readonly kind: 'held-up'; readonly summary: Message }
  /** One that Ponte opened, or that counts as Ponte's by its type, is open. */
  | { readonly kind: 'in-progress'; readonly opportunity: CrmOpportunity }
  /** This event itself has opened it, but the answer was lost. It may be closed by now. */
  | { readonly kind: 'was-opened'; readonly opportunity: CrmOpportunity }

/** Whether an event opens an opportunity for a lead, or what prevents that. See docs/behaviour/leads.md#one-open-opportunity. */
export async function decideOpportunity(
  { key, lead, leadId, history, cause, lateSince }: OpportunityQuestion,
  context: ReadingContext,
): Promise<OpportunityDecision> {
  const heldUp = (summary: Message): OpportunityDecision => ({ kind: 'held-up', summary })
  if (history.lastOpened?.key === key) return heldUp(message('opportunity-opened-before'))

  const all = await findAllOfLead(leadId, context)
  const open = all.filter(each => isInProgress(each, context))
  const inProgress = await firstOpenedByPonte(open, history, context)
  if (inProgress !== undefined) return { kind: 'in-progress', opportunity: inProgress }
  const lost = history.pendingOpening?.key === key ? await findLostOpening(all, history, context) : undefined
  if (lost !== undefined) return { kind: 'was-opened', opportunity: lost }

  const isRecorded = recordedIds(history).length > 0
  if (cause.isUndated === true && (isRecorded || (await firstOpenedByPonte(all, history, context)) !== undefined))
    return heldUp(message('opportunity-before-undated'))
  if (lateSince !== undefined) {
    const since = await lookSince(lead, { leadId, since: lateSince }, context)
    if (since === 'opened') return heldUp(message('opened-since'))
    if (since === 'unknown') return heldUp(message('opportunity-not-searchable'))
  }
  if (cause.kind === 'mark') {
    const anywhere = open.length > 0 ? 'open' : await lookBeside(lead, leadId, context)
    if (anywhere === 'open') return heldUp(message('opportunity-of-person-open'))
    if (anywhere === 'unknown') return heldUp(message('opportunity-not-searchable'))
  }
  if (open.length > 0 && context.tenant.settings.opportunity.onlyOne === 'any')
    return heldUp(message('opportunity-other-open'))
  // If the answer to the creation is lost, its opportunity is known by not being one of these.
  return { kind: 'open', ...(!isRecorded && { others: all.slice(0, MAX_OTHERS).map(({ id }) => id) }) }
}

/** A person has a few. */
const MAX_OTHERS = 100

/** The opportunities of the lead that Ponte recorded as its own, the latest first. */
export const recordedIds = ({ lastOpened, earlier = [] }: LeadHistory): readonly string[] =>
  lastOpened === undefined ? [] : [lastOpened.id, ...earlier]

/**
 * The first of the open opportunities that Ponte opened, according to Ponte's record. The opportunity's type decides where there is no
 * record (it is kept for half a year). It also decides where the record may lack the last one, because the answer to its creation was lost.
 */
export async function firstOpenedByPonte(
  open: readonly CrmOpportunity[],
  history: LeadHistory,
  context: ReadingContext,
): Promise<CrmOpportunity | undefined> {
  const recorded = recordedIds(history)
  const { pendingOpening } = history
  const unrecorded =
    pendingOpening === undefined
      ? []
      : open.filter(({ createdAt }) => mayBeSince(createdAt, pendingOpening.at - CLOCK_SKEW_MS))
  return (
    open.find(({ id }) => recorded.includes(id)) ??
    unrecorded.find(isOfSentType(history)) ??
    (await firstOfOurs(recorded.length === 0 ? open : unrecorded, context))
  )
}

/** Whether an opportunity has the type that the creation was sent with. The tenant's rules may name other types by now. */
const isOfSentType =
  ({ pendingOpening }: LeadHistory) =>
  ({ opportunityType }: CrmOpportunity): boolean =>
    pendingOpening?.typeId !== undefined && opportunityType?.id === pendingOpening.typeId

/**
 * All opportunities of a lead, whatever became of them: no filter compares a status as Ponte does. The answer is checked, because a CRM may
 * ignore the filter. Throws when no filter can hold the id. Without a filter, Ponte could not see whether the lead has an opportunity, and
 * each conversion would open another one.
 */
export async function findAllOfLead(
  leadId: string,
  { crm }: { readonly crm: Pick<ReadingContext['crm'], 'findOpportunities'> },
): Promise<readonly CrmOpportunity[]> {
  const filter = filterOf({ field: 'leadId', op: 'eq', value: leadId })
  if (filter === undefined) throw new PermanentFailure('CRM_UNREADABLE', { context: { problem: 'id' } })
  return await crm.findOpportunities(filter, each => (each.leadId ?? leadId) === leadId)
}

export const isInProgress = ({ status }: CrmOpportunity, { tenant }: Pick<ReadingContext, 'tenant'>): boolean =>
  outcomeOfStatus(status, tenant.settings.totvsCrm.statusMap) === 'open'

/** Does another lead with the same e-mail have an open opportunity? Salespeople enter leads, too. */
async function lookBeside(
  { email }: RegisteredLead,
  leadId: string,
  context: ReadingContext,
): Promise<'open' | 'unknown' | undefined> {
  const others = email === undefined ? [] : await findLeadsBeside(leadId, email, context)
  if (others === 'unknown') return 'unknown'
  for (const { id } of others) {
    const all = await findAllOfLead(id, context)
    if (all.some(each => isInProgress(each, context))) return 'open'
  }
  return undefined
}

/** Was an opportunity opened for the person since then, by whomever, whatever became of it? */
export async function lookSince(
  { email }: RegisteredLead,
  { leadId, since }: { readonly leadId: string; readonly since: number },
  context: ReadingContext,
): Promise<'opened' | 'unknown' | undefined> {
  const others = email === undefined ? [] : await findLeadsBeside(leadId, email, context)
  for (const id of [leadId, ...(others === 'unknown' ? [] : others.map(other => other.id))]) {
    const all = await findAllOfLead(id, context)
    if (all.some(({ createdAt }) => mayBeSince(createdAt, since - CLOCK_SKEW_MS))) return 'opened'
  }
  return others === 'unknown' ? 'unknown' : undefined
}

/**
 * The opportunity that the event of `history.pendingOpening` has opened, whatever became of it. Opportunities of other events are recorded
 * already, and so are those that others had opened. `all`: all opportunities of the lead.
 */
export async function findLostOpening(
  all: readonly CrmOpportunity[],
  history: LeadHistory,
  context: ReadingContext,
): Promise<CrmOpportunity | undefined> {
  const { pendingOpening, others = [] } = history
  if (pendingOpening === undefined) return undefined
  const known = new Set([...recordedIds(history), ...others])
  const unrecorded = all.filter(
    ({ id, createdAt }) => !known.has(id) && mayBeSince(createdAt, pendingOpening.at - CLOCK_SKEW_MS),
  )
  return unrecorded.find(isOfSentType(history)) ?? (await firstOfOurs(unrecorded, context))
}

async function firstOfOurs(
  opportunities: readonly CrmOpportunity[],
  context: ReadingContext,
): Promise<CrmOpportunity | undefined> {
  for (const opportunity of opportunities) if (await isOurs(opportunity, context)) return opportunity
  return undefined
}

/** Whether the type is one of Ponte's: the tenant's or one of its routes', each given by name or id. People use other types. */
async function isOurs({ opportunityType }: CrmOpportunity, context: ReadingContext): Promise<boolean> {
  const { id, description } = opportunityType ?? {}
  const wanted = ownTypes(context)
  if (id !== undefined && wanted.includes(id)) return true
  if (description !== undefined) {
    const found = foldDescription(description)
    return wanted.some(type => foldDescription(type) === found)
  }
  return id !== undefined && (await findOwnTypeIds(context)).includes(id)
}
