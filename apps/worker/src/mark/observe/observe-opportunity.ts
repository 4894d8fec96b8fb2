import type { CrmLead, CrmOpportunity, JobData, OpportunityOutcome } from '@ponte/contracts'
import { type MarkFingerprint, markFingerprint, outcomeOfStatus, readCustomField } from '@ponte/mappers'
import type { MarkRecord, StatusRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { adoptOld } from './adopt-old.ts'
import type { Recorded } from './locked-opportunity.ts'

/** One opportunity as TOTVS CRM shows it now, beside what Ponte has recorded of it. */
export interface Observed {
  readonly data: JobData<'opportunity.updated'>
  readonly opportunity: CrmOpportunity
  /** Absent when the opportunity has no lead, or when TOTVS CRM does not know the lead. */
  readonly lead: CrmLead | undefined
  /** What the status means; absent when the tenant's `statusMap` does not name it. */
  readonly outcome: OpportunityOutcome | undefined
  readonly mark: MarkRecord
  /** The opportunity is from before Ponte's time: its present state has just been recorded as told. */
  readonly isAdopted: boolean
  readonly status: StatusRecord
  readonly fingerprints: MarkFingerprint
  /** What the field `statusRD` shows; absent when the record does not carry its custom fields. */
  readonly fieldText: string | undefined
}

/**
 * Reads what TOTVS CRM says beside what Ponte had recorded, with two calls to TOTVS CRM; nothing when there is no such opportunity. The
 * one thing that is written is the adoption of an opportunity from before Ponte's time: it holds for the state that was read first,
 * whatever fails afterwards.
 */
export async function observeOpportunity(
  data: JobData<'opportunity.updated'>,
  recorded: Recorded,
  context: JobContext,
): Promise<Observed | undefined> {
  const { crm, tenant, fingerprint } = context
  const { totvsCrm, statusRd } = tenant.settings
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) return undefined
  const outcome = outcomeOfStatus(opportunity.status, totvsCrm.statusMap)
  const { mark, isAdopted } = await adoptOld({ opportunity, outcome, receivedAt: data.receivedAt, recorded }, context)
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  return {
    ...{ data, opportunity, lead, outcome, mark, isAdopted, status: recorded.status },
    fingerprints: markFingerprint({ opportunity, lead }, fingerprint.exact),
    fieldText: readCustomField(opportunity.customFields, opportunity, statusRd.field),
  }
}
