import { filterOf } from '@ponte/clients'
import { type CrmLead, type CrmOpportunity, type RegisteredLead, say } from '@ponte/contracts'
import { foldText, toCrmOpportunity } from '@ponte/mappers'
import type { LeadHistory } from '@ponte/state'
import type { JobContext } from '../job-context.ts'
import { mayHaveHadEffect } from '../may-have-had-effect.ts'
import { findLeadsWithEmail } from './find-lead.ts'
import { findOpportunityCatalog } from './opportunity-catalog.ts'
import type { Cause } from './registration-cause.ts'
import { findResponsibleUser } from './responsible-user.ts'

/** The CRM's clock and ours may differ by this much. */
const CLOCK_SKEW_MS = 60_000
const FARTHEST_ZONE_MS = 14 * 3_600_000

export interface Opening {
  readonly key: string
  readonly lead: RegisteredLead
  /** Id, name and responsible user of the lead in TOTVS CRM. */
  readonly crmLead: Pick<CrmLead, 'id' | 'name' | 'userId'>
  readonly history: LeadHistory
  /** A conversion minds the opportunities that Ponte opened, a mark by marketing whatever is open of the person. */
  readonly cause: Cause['kind']
}

/**
 * Opens the lead's opportunity, unless one that Ponte opened is in progress or this event has had its opportunity already.
 * A create whose answer was lost is looked up first: also among those that were closed in between. SPEC §2.1.
 */
export async function openOpportunity(
  { key, lead, crmLead, history, cause }: Opening,
  context: JobContext,
): Promise<string> {
  if (history.opened?.key === key) return say('its opportunity was opened before')

  const open = await findInProgress(crmLead.id, context)
  const inProgress = open.find(({ id }) => id === history.opened?.id) ?? (await firstOfOurs(open, context))
  if (inProgress !== undefined) {
    await context.leads.write(crmLead.id, settled(history, { id: inProgress.id, key }))
    return say('its opportunity is in progress')
  }

  const lost = history.opening?.key === key ? await findSince(crmLead.id, history.opening.at, context) : undefined
  if (lost !== undefined) {
    await context.leads.write(crmLead.id, settled(history, { id: lost.id, key }))
    return say('its opportunity had been opened')
  }

  if (cause === 'mark' && (open.length > 0 || (await isAnotherOpen(lead, crmLead.id, context)))) {
    return say('the person has an open opportunity')
  }

  const catalog = await findOpportunityCatalog(context)
  const userId = crmLead.userId ?? (await findResponsibleUser(lead.ownerEmail, context)).id
  const { statusMap } = context.tenant.settings.totvsCrm
  const opportunity = toCrmOpportunity(lead, { leadId: crmLead.id, userId, statusMap, ...catalog })
  await context.leads.write(crmLead.id, { ...history, opening: { key, at: Date.now() } })
  try {
    const id = await context.crm.createOpportunity(opportunity)
    await context.leads.write(crmLead.id, settled(history, { id, key }))
  } catch (error) {
    if (!mayHaveHadEffect(error)) await context.leads.write(crmLead.id, history)
    throw error
  }
  return say('opportunity opened')
}

const settled = ({ opening: _opening, ...history }: LeadHistory, opened: { id: string; key: string }): LeadHistory => ({
  ...history,
  opened,
})

async function findInProgress(leadId: string, { crm, tenant }: JobContext): Promise<CrmOpportunity[]> {
  const found: CrmOpportunity[] = []
  for (const status of openStatuses(tenant.settings.totvsCrm.statusMap)) {
    const filter = filterOf({ field: 'leadId', op: 'eq', value: leadId }, { field: 'status', op: 'eq', value: status })
    if (filter !== undefined) found.push(...(await crm.findOpportunities(filter)))
  }
  return found.filter(opportunity => opportunity.leadId === undefined || opportunity.leadId === leadId)
}

/** Of another lead with the person's e-mail: salespeople enter leads too. */
async function isAnotherOpen({ email }: RegisteredLead, leadId: string, context: JobContext): Promise<boolean> {
  for (const { id } of await findLeadsWithEmail(email, context))
    if (id !== leadId && (await findInProgress(id, context)).length > 0) return true
  return false
}

async function findSince(leadId: string, since: number, context: JobContext): Promise<CrmOpportunity | undefined> {
  const filter = filterOf({ field: 'leadId', op: 'eq', value: leadId })
  const found = filter === undefined ? [] : await context.crm.findOpportunities(filter)
  return await firstOfOurs(
    found.filter(({ createdAt }) => mayBeSince(createdAt, since)),
    context,
  )
}

/** A time that is not told, or cannot be read, may be any; one without an offset may be of any time zone. */
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

/** The tenant's opportunity type is what tells an opportunity of Ponte from one that a person opened. */
async function isOurs({ opportunityType }: CrmOpportunity, context: JobContext): Promise<boolean> {
  const wanted = context.tenant.settings.variables.totvs_crm_oportunity_type
  if (opportunityType?.description !== undefined) return foldText(opportunityType.description) === foldText(wanted)
  if (opportunityType?.id === undefined) return false
  return opportunityType.id === (await findOpportunityCatalog(context)).opportunityTypeId
}

const openStatuses = (statusMap: Record<string, string>): string[] =>
  Object.entries(statusMap).flatMap(([status, outcome]) => (outcome === 'open' ? [status] : []))
