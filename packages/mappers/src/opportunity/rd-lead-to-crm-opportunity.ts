import type { CrmNewOpportunity, RegisteredLead, TenantSettings } from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'
import { type CustomFieldCodec, writeCustomFields } from '../custom-field.ts'
import { type Decision, overruledBy } from '../decision.ts'
import { displayFieldOf, readCrmLeadValues } from '../lead/crm-lead-values.ts'
import type { FieldOutcome } from '../rules/apply-rules.ts'
import { fieldsOf } from '../rules/write-fields.ts'
import { statusFor } from './status.ts'

/** The records of TOTVS CRM that a new opportunity belongs to, as looked up for the tenant. */
export interface OpportunityPlace {
  readonly leadId: string
  readonly userId: string
  readonly pipelineId: string
  readonly stageId: string
  readonly opportunityTypeId: string
  readonly statusMap: TenantSettings['totvsCrm']['statusMap']
}

export interface OpportunityWriting {
  readonly place: OpportunityPlace
  /** What the tenant's rules put into records. */
  readonly fields: readonly FieldOutcome[]
  readonly codec: CustomFieldCodec
}

/** What becomes of each value that goes into a new opportunity. */
export function decideNewOpportunity(lead: RegisteredLead, { fields, codec }: Omit<OpportunityWriting, 'place'>) {
  const ruled = fieldsOf('opportunity', fields, codec)
  const description = opportunityDescription(lead)
  const { conversionIdentifier: identifier, name } = lead
  const own: Decision = {
    rule: undefined,
    places: ['conversion.identifier', 'name'],
    target: 'opportunity.description',
    place: identifier === undefined ? 'name' : 'conversion.identifier',
    values: [identifier ?? name ?? []].flat(),
    value: description,
    current: undefined,
    outcome: 'written',
    notes: [],
  }
  return { description, ruled, decisions: [...overruledBy([own], ruled.members), ...ruled.decisions] }
}

/** The opportunity that Ponte opens for a lead (docs/vendors/totvs-crm.md#opportunity). */
export function toCrmOpportunity(
  lead: RegisteredLead,
  { place, ...writing }: OpportunityWriting,
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
