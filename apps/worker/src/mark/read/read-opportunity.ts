import type { CrmLead, CrmOpportunity, JobData, OpportunityOutcome } from '@ponte/contracts'
import {
  type MarkFingerprint,
  markFingerprint,
  outcomeOfStatus,
  readCustomField,
  readStatusRd,
  type StatusRdReading,
} from '@ponte/mappers'
import type { MarkRecord, StatusRecord } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import { withReading } from '../../status-rd/record-status.ts'

/** An opportunity as TOTVS CRM shows it now. */
export interface CurrentOpportunity {
  readonly data: JobData<'opportunity.updated'>
  readonly opportunity: CrmOpportunity
  /** What the status means; absent when the tenant's `statusMap` does not name it. */
  readonly outcome: OpportunityOutcome | undefined
}

/** All that was read of an opportunity, with what Ponte has recorded of it. */
export interface ReadOpportunity extends CurrentOpportunity {
  readonly recorded: MarkRecord
  /** The opportunity is from before Ponte's time: its present state has just been recorded as marked. */
  readonly isAdopted: boolean
  /** Absent when the opportunity has no lead, or when TOTVS CRM does not know the lead. */
  readonly lead: CrmLead | undefined
  /** As recorded, updated with what the field `statusRD` shows. */
  readonly status: StatusRecord
  /** The meaning of the text in `statusRD`. */
  readonly reading: StatusRdReading
  readonly fingerprints: MarkFingerprint
}

/** Reads the opportunity. Returns nothing when there is none. */
export async function readOpportunity(
  data: JobData<'opportunity.updated'>,
  { crm, tenant, drift, look }: JobContext,
): Promise<CurrentOpportunity | undefined> {
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) return undefined
  look.see(opportunity, data.contextUrl)
  const outcome = outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap)
  if (outcome === 'won') drift.see('crm.opportunity.won', opportunity, opportunity.id)
  if (outcome === undefined) drift.seeUnknown('crm.opportunity', 'status', opportunity.status)
  return { data, opportunity, outcome }
}

/** Reads the opportunity's lead, and what `statusRD` says. */
export async function readLeadAndStatus(
  { opportunity }: CurrentOpportunity,
  status: StatusRecord,
  { crm, tenant, fingerprint }: JobContext,
): Promise<Pick<ReadOpportunity, 'lead' | 'status' | 'reading' | 'fingerprints'>> {
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  const text = readCustomField(opportunity.customFields, opportunity, tenant.settings.statusRd.field)
  return {
    lead,
    status: withReading(status, text),
    reading: readStatusRd(text),
    fingerprints: markFingerprint({ opportunity, lead }, fingerprint.exact),
  }
}
