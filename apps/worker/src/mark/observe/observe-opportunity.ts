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
import { adoptIfOld } from './before-our-time.ts'
import type { Recorded } from './locked-records.ts'

/** One opportunity as TOTVS CRM shows it now, beside what Ponte has recorded of it. */
export interface Observed {
  readonly data: JobData<'opportunity.updated'>
  readonly opportunity: CrmOpportunity
  /** Absent when the opportunity has no lead, or when TOTVS CRM does not know the lead. */
  readonly lead: CrmLead | undefined
  /** What the status means; absent when the tenant's `statusMap` does not name it. */
  readonly outcome: OpportunityOutcome | undefined
  readonly mark: MarkRecord
  /** The opportunity is from before Ponte's time: its present state has just been recorded as marked. */
  readonly isAdopted: boolean
  /** As recorded, updated with what the field `statusRD` shows. */
  readonly status: StatusRecord
  /** The meaning of the text in `statusRD`. */
  readonly reading: StatusRdReading
  readonly fingerprints: MarkFingerprint
}

/**
 * Reads the opportunity and its lead, with two calls to TOTVS CRM. Returns nothing when there is no such opportunity. It writes only the
 * adoption of an opportunity from before Ponte's time. That holds for the state that was read first, whatever fails afterwards.
 */
export async function observeOpportunity(
  data: JobData<'opportunity.updated'>,
  recorded: Recorded,
  context: MarkContext,
): Promise<Observed | undefined> {
  const { crm, tenant, fingerprint, drift, look } = context
  const { totvsCrm, statusRd } = tenant.settings
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) return undefined
  look.see(opportunity, data.contextUrl)
  const outcome = outcomeOfStatus(opportunity.status, totvsCrm.statusMap)
  if (outcome === 'won') drift.see('crm.opportunity.won', opportunity, opportunity.id)
  if (outcome === undefined) drift.seeUnknown('crm.opportunity', 'status', opportunity.status)
  const { mark, isAdopted } =
    recorded.mark === undefined
      ? await adoptIfOld({ opportunity, outcome, served: recorded.served }, context)
      : { mark: recorded.mark, isAdopted: false }
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  const text = readCustomField(opportunity.customFields, opportunity, statusRd.field)
  return {
    data,
    opportunity,
    lead,
    outcome,
    mark,
    isAdopted,
    status: withReading(recorded.status, text),
    reading: readStatusRd(text),
    fingerprints: markFingerprint({ opportunity, lead }, fingerprint.exact),
  }
}
