import {
  type CrmLead,
  type CrmOpportunity,
  type JobData,
  type OpportunityOutcome,
  PermanentFailure,
} from '@ponte/contracts'
import { type MarkFingerprint, markFingerprint, outcomeOfStatus, readCustomField } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { Recorded } from './locked-opportunity.ts'
import { readHistory } from './read-history.ts'

/** One opportunity as TOTVS CRM shows it now, beside what Ponte has recorded of it. */
export interface Observed {
  readonly data: JobData<'opportunity.updated'>
  readonly opportunity: CrmOpportunity
  /** Absent when the opportunity has no lead, or when TOTVS CRM does not know the lead. */
  readonly lead: CrmLead | undefined
  /** What the status means; absent when the tenant's `statusMap` does not name it. */
  readonly outcome: OpportunityOutcome | undefined
  readonly recorded: MarkHistory
  /** The opportunity is from before Ponte's time: its present state has just been recorded as marked. */
  readonly isAdopted: boolean
  /** It was marked as open, but another opportunity of the contact ended since: RD Station shows the contact as no opportunity. */
  readonly isHidden: boolean
  readonly fingerprints: MarkFingerprint
  /** What the field `statusRD` shows; absent when the record does not carry its custom fields. */
  readonly fieldText: string | undefined
}

/**
 * Reads what TOTVS CRM says beside what Ponte had recorded, with two calls to TOTVS CRM. The one thing that is written is the adoption
 * of an opportunity from before Ponte's time: it holds for the state that was read first, whatever fails afterwards.
 */
export async function observeOpportunity(
  data: JobData<'opportunity.updated'>,
  recorded: Recorded,
  context: JobContext,
): Promise<Observed> {
  const { crm, tenant, fingerprint } = context
  const { totvsCrm, statusRd } = tenant.settings
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const outcome = outcomeOfStatus(opportunity.status, totvsCrm.statusMap)
  const { history, isAdopted } = await readHistory(
    { opportunity, outcome, receivedAt: data.receivedAt, recorded },
    context,
  )
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  return {
    data,
    opportunity,
    lead,
    outcome,
    recorded: history,
    isAdopted,
    isHidden: history.marked === 'open' && recorded.isHidden,
    fingerprints: markFingerprint({ opportunity, lead }, fingerprint.exact),
    fieldText: readCustomField(opportunity.customFields, opportunity, statusRd.field),
  }
}
