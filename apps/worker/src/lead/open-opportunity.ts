import { type CrmFilter, filterOf } from '@ponte/clients'
import {
  type CrmLead,
  type CrmOpportunity,
  message,
  type Message,
  PermanentFailure,
  type RegisteredLead,
} from '@ponte/contracts'
import { foldDescription, outcomeOfStatus, toCrmOpportunity } from '@ponte/mappers'
import type { LeadHistory } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import { adoptOpen } from '../mark/observe/read-history.ts'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import { findLeadsBeside } from './find-lead.ts'
import { findOpportunityCatalog } from './opportunity-catalog.ts'
import type { Cause } from './registration-cause.ts'
import { findResponsibleUser } from './responsible-user.ts'

/** The CRM's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000
const FARTHEST_ZONE_MS = 14 * 3_600_000
/** Opportunities of one lead that are known to be Ponte's, besides the last: one of them may be reopened. */
const MOST_EARLIER = 20

export interface Opening {
  readonly key: string
  readonly lead: RegisteredLead
  /** ISO 8601. */
  readonly receivedAt: string
  /** Id, name and responsible user of the lead in TOTVS CRM. */
  readonly crmLead: Pick<CrmLead, 'id' | 'name' | 'userId'>
  readonly history: LeadHistory
  /** A conversion is held up by an open opportunity of Ponte's, a mark by marketing by any open opportunity of the person. */
  readonly cause: Cause['kind']
}

/**
 * Opens the lead's opportunity, unless one that Ponte opened is in progress (or any one: `opportunity.onlyOne`), or this event has
 * had its opportunity before. A create whose answer was lost is looked up first, also among opportunities that were closed since.
 * See docs/behaviour.md#one-open-opportunity.
 */
export async function openOpportunity(
  { key, lead, receivedAt, crmLead, history, cause }: Opening,
  context: JobContext,
): Promise<Message> {
  if (history.opened?.key === key) return message('opportunity-opened-before')

  const open = await findInProgress(crmLead.id, context)
  const inProgress = await firstOpenedByPonte(open, history, context)
  if (inProgress !== undefined) {
    // This event opened it, or somebody else did: maybe the system that ran before Ponte.
    if (history.opening?.key === key) await context.marks.begin(inProgress.id, 'none')
    else await adoptOpen({ opportunity: inProgress, receivedAt }, context)
    await context.leads.write(crmLead.id, withOpened(history, { id: inProgress.id, key }))
    return message('opportunity-in-progress')
  }

  const lost = history.opening?.key === key ? await findSince(crmLead.id, history.opening.at, context) : undefined
  if (lost !== undefined) {
    await context.marks.begin(lost.id, 'none')
    await context.leads.write(crmLead.id, withOpened(history, { id: lost.id, key }))
    return message('opportunity-found-open')
  }

  if (cause === 'mark') {
    const anywhere = open.length > 0 ? 'open' : await lookBeside(lead, crmLead.id, context)
    if (anywhere === 'open') return message('opportunity-of-person-open')
    if (anywhere === 'unknown') return message('opportunity-not-searchable')
  }
  if (open.length > 0 && context.tenant.settings.opportunity.onlyOne === 'any') return message('opportunity-other-open')

  const catalog = await findOpportunityCatalog(context)
  const userId = crmLead.userId ?? (await findResponsibleUser(lead.ownerEmail, context)).id
  const { statusMap } = context.tenant.settings.totvsCrm
  const opportunity = toCrmOpportunity(lead, { leadId: crmLead.id, userId, statusMap, ...catalog })
  await context.leads.write(crmLead.id, { ...history, opening: { key, at: Date.now() } })
  try {
    const id = await context.crm.createOpportunity(opportunity)
    await context.marks.begin(id, 'none')
    await context.leads.write(crmLead.id, withOpened(history, { id, key }))
  } catch (error) {
    if (!isOutcomeUnknown(error)) await context.leads.write(crmLead.id, history)
    throw error
  }
  return message('opportunity-opened')
}

function withOpened({ opening: _opening, ...history }: LeadHistory, opened: { id: string; key: string }): LeadHistory {
  const earlier = recordedIds(history).filter(id => id !== opened.id)
  return { ...history, opened, ...(earlier.length > 0 && { earlier: earlier.slice(0, MOST_EARLIER) }) }
}

/** The opportunities of the lead that Ponte recorded as its own, the latest first. */
const recordedIds = ({ opened, earlier = [] }: LeadHistory): readonly string[] =>
  opened === undefined ? [] : [opened.id, ...earlier]

/**
 * Ponte's record decides. The opportunity's type decides where there is no record (it is kept for half a year), or where the last
 * one may be missing from it because the answer to its create was lost.
 */
async function firstOpenedByPonte(
  open: readonly CrmOpportunity[],
  history: LeadHistory,
  context: JobContext,
): Promise<CrmOpportunity | undefined> {
  const recorded = recordedIds(history)
  if (recorded.length === 0) return await firstOfOurs(open, context)
  const { opening } = history
  const unrecorded = opening === undefined ? [] : open.filter(({ createdAt }) => mayBeSince(createdAt, opening.at))
  return open.find(({ id }) => recorded.includes(id)) ?? (await firstOfOurs(unrecorded, context))
}

/**
 * The open opportunities of a lead. The filter asks for the open status where the tenant has one that a filter can hold, else for
 * all of the lead's. The answer is checked here in any case: a CRM may ignore the filter.
 */
async function findInProgress(leadId: string, { crm, tenant }: JobContext): Promise<CrmOpportunity[]> {
  const { statusMap } = tenant.settings.totvsCrm
  const [status, ...others] = Object.keys(statusMap).filter(name => statusMap[name] === 'open')
  const byStatus =
    status === undefined || others.length > 0
      ? undefined
      : filterOf({ field: 'leadId', op: 'eq', value: leadId }, { field: 'status', op: 'eq', value: status })
  const found = await crm.findOpportunities(byStatus ?? filterOfLead(leadId))
  return found.filter(
    opportunity =>
      (opportunity.leadId === undefined || opportunity.leadId === leadId) &&
      outcomeOfStatus(opportunity.status, statusMap) === 'open',
  )
}

/** Without it Ponte could not see whether the lead has an opportunity, and each conversion would open another one. */
function filterOfLead(leadId: string): CrmFilter {
  const filter = filterOf({ field: 'leadId', op: 'eq', value: leadId })
  if (filter === undefined) throw new PermanentFailure('CRM_UNREADABLE', { context: { problem: 'id' } })
  return filter
}

/** Is an opportunity of another lead with the same e-mail open? Salespeople enter leads too. */
async function lookBeside(
  { email }: RegisteredLead,
  leadId: string,
  context: JobContext,
): Promise<'open' | 'unknown' | undefined> {
  const others = email === undefined ? [] : await findLeadsBeside(leadId, email, context)
  if (others === 'unknown') return 'unknown'
  for (const { id } of others) if ((await findInProgress(id, context)).length > 0) return 'open'
  return undefined
}

async function findSince(leadId: string, since: number, context: JobContext): Promise<CrmOpportunity | undefined> {
  const found = await context.crm.findOpportunities(filterOfLead(leadId))
  return await firstOfOurs(
    found.filter(each => (each.leadId ?? leadId) === leadId && mayBeSince(each.createdAt, since)),
    context,
  )
}

/** A time that is missing or cannot be read can be any time; one without an offset can be of any time zone. */
function mayBeSince(createdAt: string | undefined, since: number): boolean {
  const hasOffset = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(createdAt ?? '')
  const time = Date.parse(hasOffset ? (createdAt ?? '') : `${createdAt}Z`)
  return Number.isNaN(time) || time >= since - CLOCK_SKEW_MS - (hasOffset ? 0 : FARTHEST_ZONE_MS)
}

async function firstOfOurs(
  opportunities: readonly CrmOpportunity[],
  context: JobContext,
): Promise<CrmOpportunity | undefined> {
  for (const opportunity of opportunities) if (await isOurs(opportunity, context)) return opportunity
  return undefined
}

/** Ponte opens opportunities of the tenant's type; people open others. */
async function isOurs({ opportunityType }: CrmOpportunity, context: JobContext): Promise<boolean> {
  const wanted = context.tenant.settings.variables.totvs_crm_oportunity_type
  if (opportunityType?.description !== undefined)
    return foldDescription(opportunityType.description) === foldDescription(wanted)
  if (opportunityType?.id === undefined) return false
  return opportunityType.id === (await findOpportunityCatalog(context)).opportunityTypeId
}
