import type { CrmNewOpportunity, Message, RegisteredLead, TenantSettings } from '@ponte/contracts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'
import { type CustomFieldCodec, writeCustomFields } from '../custom-field.ts'
import { displayNameOf, readCrmLeadValues } from '../lead/crm-lead-values.ts'
import type { FieldOutcome } from '../rules/apply-rules.ts'
import { fieldsOf, type FieldUse } from '../rules/write-fields.ts'

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

/** The opportunity that Ponte opens for a lead (docs/vendors/totvs-crm.md#opportunity). `notes`: what did not fit, without the values. */
export function toCrmOpportunity(
  lead: RegisteredLead,
  { place, fields, codec }: OpportunityWriting,
): { opportunity: CrmNewOpportunity; notes: readonly Message[]; uses: readonly FieldUse[] } {
  const written = fieldsOf('opportunity', fields, codec)
  return {
    opportunity: {
      description: opportunityDescription(lead),
      status: openStatusOf(place.statusMap),
      leadId: place.leadId,
      userId: place.userId,
      pipeline: { id: place.pipelineId },
      stage: { id: place.stageId },
      opportunityType: { id: place.opportunityTypeId },
      ...written.members,
      ...writeCustomFields(codec, written.customFields),
    },
    notes: written.notes,
    uses: written.uses,
  }
}

/** A longer identifier is cut, so that there is room for the name. */
const LONGEST_IDENTIFIER = 120

/** Names the conversion, so that a salesperson sees at once where the lead came from. */
export function opportunityDescription(lead: RegisteredLead): string {
  const identifier = clipText(lead.conversionIdentifier ?? '', LONGEST_IDENTIFIER).text
  const ending = identifier === '' ? '' : ` - ${identifier}`
  const name = displayNameOf(readCrmLeadValues(lead).values)
  const beginning = ['RD Station', name].filter(Boolean).join(' - ')
  return clipText(beginning, MAX_TEXT_LENGTH - ending.length).text + ending
}

/** `PROGRESS` is the documented status of an open opportunity (docs/vendors/totvs-crm.md#status-of-an-opportunity); a tenant may call it otherwise. */
function openStatusOf(statusMap: OpportunityPlace['statusMap']): string {
  const open = Object.keys(statusMap).filter(status => statusMap[status] === 'open')
  return open.includes('PROGRESS') ? 'PROGRESS' : (open[0] ?? 'PROGRESS')
}
