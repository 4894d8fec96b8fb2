import {
  type CrmNewOpportunity,
  type RegisteredLead,
  type TenantSettings,
  normalForm,
  type OpportunityOutcome,
  type CrmCatalogEntry,
} from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from './text/clip-text.ts'
import { writeCustomFields } from './custom-field.ts'
import { type Decision, overruledBy, ownDecision } from './decision.ts'
import { displayFieldOf, type LeadWriting, readCrmLeadValues } from './lead/rd-lead-to-crm-lead.ts'
import { fieldsOf } from './rules/apply-rules.ts'

/** The records of TOTVS CRM that a new opportunity belongs to, as looked up for the tenant. */
export interface OpportunityPlace {
  readonly leadId: string
  readonly userId: string
  readonly pipelineId: string
  readonly stageId: string
  readonly opportunityTypeId: string
  readonly statusMap: StatusMap
}

type StatusMap = TenantSettings['totvsCrm']['statusMap']

type OpportunityWriting = Pick<LeadWriting, 'fields' | 'codec'>

/** What becomes of each value that goes into a new opportunity. */
export function decideNewOpportunity(lead: RegisteredLead, { fields, codec }: OpportunityWriting) {
  const ruled = fieldsOf('opportunity', fields, codec)
  const description = opportunityDescription(lead)
  const { conversionIdentifier: identifier, name } = lead
  const own = ownDecision({
    places: ['conversion.identifier', 'name'],
    target: 'opportunity.description',
    place: identifier === undefined ? 'name' : 'conversion.identifier',
    values: [identifier ?? name ?? []].flat(),
    value: description,
  })
  return { description, ruled, decisions: [...overruledBy([own], ruled.members), ...ruled.decisions] }
}

/** The opportunity that Ponte opens for a lead (docs/vendors/totvs-crm.md#opportunity). */
export function toCrmOpportunity(
  lead: RegisteredLead,
  { place, ...writing }: OpportunityWriting & { readonly place: OpportunityPlace },
): { readonly opportunity: CrmNewOpportunity; readonly decisions: readonly Decision[] } {
  const { description, ruled, decisions } = decideNewOpportunity(lead, writing)
  const opportunity = {
    description,
    status: statusFor('open', place.statusMap),
    leadId: place.leadId,
    userId: place.userId,
    pipeline: { id: place.pipelineId },
    stage: { id: place.stageId },
    opportunityType: { id: place.opportunityTypeId },
    ...ruled.members,
    ...writeCustomFields(writing.codec, ruled.customFields),
  }
  return { opportunity, decisions }
}

/** A longer identifier is cut, so that there is room for the name. */
const MAX_IDENTIFIER = 120

/** Names the conversion, so that a salesperson sees at once where the lead came from. */
function opportunityDescription(lead: RegisteredLead): string {
  const identifier = clipText(lead.conversionIdentifier ?? '', MAX_IDENTIFIER).text
  const ending = identifier === '' ? '' : ` - ${identifier}`
  const { values } = readCrmLeadValues(lead)
  const field = displayFieldOf(values)
  const name = field && values[field]
  const beginning = ['RD Station', name].filter(Boolean).join(' - ')
  return clipText(beginning, MAX_TEXT_LENGTH - ending.length).text + ending
}

/** What an opportunity's status means for RD Station, compared without case. Nothing when the tenant's map does not name it. */
export function outcomeOfStatus(status: string, statusMap: StatusMap): OpportunityOutcome | undefined {
  // In Unicode, an accent may be a character of its own.
  const fold = (text: string): string => normalForm(text.trim(), 'NFC').toUpperCase()
  return Object.entries(statusMap).find(([name]) => fold(name) === fold(status))?.[1]
}

/** The statuses with this meaning, as the tenant's map spells them. TOTVS CRM may spell them with another case. */
export const statusesOf = (outcome: OpportunityOutcome, statusMap: StatusMap): readonly string[] =>
  Object.keys(statusMap).flatMap(name => (statusMap[name] === outcome ? name.trim() : []))

/** As docs/vendors/totvs-crm.md#status-of-an-opportunity has them. */
const usual = { open: 'PROGRESS', won: 'WON', lost: 'LOST' } as const

/** The status that TOTVS CRM is told: the usual one where it has this meaning for the tenant, else the first of the tenant's map. */
export const statusFor = (outcome: keyof typeof usual, statusMap: StatusMap): string =>
  outcomeOfStatus(usual[outcome], statusMap) === outcome
    ? usual[outcome]
    : (statusesOf(outcome, statusMap)[0] ?? usual[outcome])

/**
 * The stages, pipelines or types that a variable may mean: by id, else by the exact description, else without case and accents. If several
 * match, only the preferred ones among them (docs/behaviour/leads.md#pipeline-stage-and-type).
 */
export function chooseCatalogEntries(
  entries: readonly CrmCatalogEntry[],
  wanted: string,
  isPreferred: (entry: CrmCatalogEntry) => boolean = () => true,
): readonly CrmCatalogEntry[] {
  const ways = [
    (entry: CrmCatalogEntry) => entry.id === wanted,
    (entry: CrmCatalogEntry) => entry.description === wanted,
    (entry: CrmCatalogEntry) =>
      entry.description !== undefined && foldDescription(entry.description) === foldDescription(wanted),
  ]
  const found = ways.map(matches => entries.filter(matches)).find(matching => matching.length > 0) ?? []
  const preferred = found.filter(isPreferred)
  return preferred.length > 0 ? preferred : found
}

/** The pipeline that a stage says it belongs to. */
export const pipelineOfStage = (stage: CrmCatalogEntry): string | undefined => stage.pipelineId ?? stage.pipeline?.id

/**
 * A text in the form in which descriptions of stages, types and pipelines are compared: without case, accents and surplus spaces
 * (docs/behaviour/leads.md#pipeline-stage-and-type).
 */
export const foldDescription = (text: string): string =>
  normalForm(text, 'NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
