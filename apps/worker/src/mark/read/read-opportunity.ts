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
import type { MarkContext } from '../../run/job-context.ts'
import { withReading } from '../../status-rd/status-field.ts'

/** An opportunity as TOTVS CRM shows it now. */
export interface FoundOpportunity {
  readonly data: JobData<'opportunity.updated'>
  readonly opportunity: CrmOpportunity
  /** What the status means; absent when the tenant's `statusMap` does not name it. */
  readonly outcome: OpportunityOutcome | undefined
}

/** Reads the opportunity. Returns nothing when there is none. */
export async function findOpportunity(
  data: JobData<'opportunity.updated'>,
  { crm, tenant, drift, look }: MarkContext,
): Promise<FoundOpportunity | undefined> {
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) return undefined
  look.see(opportunity, data.contextUrl)
  const outcome = outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap)
  if (outcome === 'won') drift.see('crm.opportunity.won', opportunity, opportunity.id)
  if (outcome === undefined) drift.seeUnknown('crm.opportunity', 'status', opportunity.status)
  return { data, opportunity, outcome }
}

interface Known extends FoundOpportunity {
  /** What is recorded of the opportunity. */
  readonly recorded: MarkRecord
  /** The opportunity is from before Ponte's time: its present state has just been recorded as marked. */
  readonly isAdopted: boolean
  readonly status: StatusRecord
}

/** All that was read of an opportunity, beside what Ponte has recorded of it. */
export interface ReadOpportunity extends Known {
  /** Absent when the opportunity has no lead, or when TOTVS CRM does not know the lead. */
  readonly lead: CrmLead | undefined
  /** As recorded, updated with what the field `statusRD` shows. */
  readonly status: StatusRecord
  /** The meaning of the text in `statusRD`. */
  readonly reading: StatusRdReading
  readonly fingerprints: MarkFingerprint
}

/** Reads the lead, and what `statusRD` says. */
export async function readOpportunity(
  known: Known,
  { crm, tenant, fingerprint }: MarkContext,
): Promise<ReadOpportunity> {
  const { opportunity, status } = known
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  const text = readCustomField(opportunity.customFields, opportunity, tenant.settings.statusRd.field)
  return {
    ...known,
    lead,
    status: withReading(status, text),
    reading: readStatusRd(text),
    fingerprints: markFingerprint({ opportunity, lead }, fingerprint.exact),
  }
}
