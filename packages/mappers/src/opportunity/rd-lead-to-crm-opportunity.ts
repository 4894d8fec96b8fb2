import type { CrmNewOpportunity, RegisteredLead, TenantSettings } from '@ponte/contracts'
import { clipText } from '../text/clip-text.ts'
import { displayNameOf, readCrmLeadValues } from '../lead/crm-lead-values.ts'

/** The records of TOTVS CRM that a new opportunity belongs to, as looked up for the tenant. */
export interface OpportunityPlace {
  readonly leadId: string
  readonly userId: string
  readonly pipelineId: string
  readonly stageId: string
  readonly opportunityTypeId: string
  readonly statusMap: TenantSettings['totvsCrm']['statusMap']
}

/** The opportunity that Ponte opens for a lead (docs/vendors/totvs-crm.md#opportunity). */
export function toCrmOpportunity(lead: RegisteredLead, place: OpportunityPlace): CrmNewOpportunity {
  const name = displayNameOf(readCrmLeadValues(lead).values)
  return {
    description: clipText(['RD Station', name].filter(Boolean).join(' - ')).text,
    status: openStatusOf(place.statusMap),
    leadId: place.leadId,
    userId: place.userId,
    pipeline: { id: place.pipelineId },
    stage: { id: place.stageId },
    opportunityType: { id: place.opportunityTypeId },
  }
}

/** `PROGRESS` is the documented status of an open opportunity (docs/vendors/totvs-crm.md#status-of-an-opportunity); a tenant may call it otherwise. */
function openStatusOf(statusMap: OpportunityPlace['statusMap']): string {
  const open = Object.keys(statusMap).filter(status => statusMap[status] === 'open')
  return open.includes('PROGRESS') ? 'PROGRESS' : (open[0] ?? 'PROGRESS')
}
