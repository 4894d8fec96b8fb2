import type { TotvsCrmClient } from '@ponte/clients'
import {
  CLOCK_SKEW_MS,
  type CrmOpportunity,
  type JobData,
  mayBeBefore,
  type OpportunityOutcome,
  type TenantSettings,
} from '@ponte/contracts'
import { markFingerprint, nobodyToMark, outcomeOfStatus } from '@ponte/mappers'
import { findAllOfLead } from '@ponte/registration'
import { unreportedOf } from '../reconciliation/unreported.ts'
import { type ContactState, type ContactStates } from './contact-states.ts'
import type { Fingerprint, MarkRecord } from '@ponte/state'
import { type Comparison, type Discrepancy, differing, comparedAs } from './comparison.ts'

export interface OpportunityDeps {
  readonly settings: TenantSettings
  readonly crm: Pick<TotvsCrmClient, 'getOpportunity' | 'getLead' | 'findOpportunities'>
  readonly states: ContactStates
  readonly fingerprint: Pick<Fingerprint, 'exact'>
  /** What Ponte has recorded of an opportunity. */
  readonly readMark: (opportunityId: string) => Promise<MarkRecord | undefined>
}

/** Compares an opportunity of TOTVS CRM with what RD Station shows of its contact. */
export async function compareOpportunity(
  { opportunityId: id, contextUrl }: JobData<'opportunity.updated'>,
  { settings, crm, states, fingerprint, readMark }: OpportunityDeps,
): Promise<Comparison> {
  const opportunity = await crm.getOpportunity(contextUrl, id)
  if (opportunity === undefined) return comparedAs('skipped', { why: 'removed' })
  const about = (field: string, more: Partial<Discrepancy> = {}): Discrepancy => ({
    field,
    record: id,
    of: 'opportunity',
    ...more,
  })
  const outcomeOf = ({ status }: CrmOpportunity) => outcomeOfStatus(status, settings.totvsCrm.statusMap)
  const outcome = outcomeOf(opportunity)
  if (outcome === undefined) return differing([about('event', { code: 'CRM_STATUS_UNKNOWN' })])
  if (outcome === 'ignored') return comparedAs('skipped', { why: 'status-ignored' })
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  if (lead === undefined) return comparedAs('skipped', { why: 'no-lead' })

  const state = await states.of(lead)
  const unknown = (field: string, states: Partial<Discrepancy>) =>
    comparedAs('unknown', { unknown: [about(field, states)] })
  if (state === 'held') return unknown('quota-of-contact', { crm: outcome })
  if (state === 'unknown') {
    const nobody = nobodyToMark(lead, settings)
    return nobody === undefined ? differing([about('contact')]) : comparedAs('skipped', { why: nobody.key })
  }

  const record = await readMark(id)
  const { person } = markFingerprint({ opportunity, lead }, fingerprint.exact)
  const unreported = unreportedOf(record, { opportunity, outcome, person })
  if (unreported.includes('worth')) return differing([about(outcome === 'won' ? 'sale.value' : 'loss.reason')])

  const others = (await findAllOfLead(lead.id, { crm })).filter(each => each.id !== id).map(outcomeOf)
  const judged = judge(outcome, { state, isOtherOpen: others.includes('open'), isOtherWon: others.includes('won') })
  if (judged !== 'agrees' && judged !== 'never-marked' && judged !== 'unknown')
    return differing([about(judged, statesOf(outcome, state))])
  // Ponte itself has told it, whatever the one state of the contact shows.
  if (judged !== 'never-marked' && record?.contact !== undefined && unreported.length === 0) return comparedAs('agrees')
  if (judged === 'unknown') return unknown('state-of-contact', statesOf(outcome, state))
  const markedAt = await states.markedAt(lead)
  if (markedAt === undefined && judged === 'never-marked')
    return differing([about('events.opportunity', statesOf(outcome, state))])
  // The contact's state may be from an earlier opportunity: a mark that is older says nothing of this one.
  const isOfThis = markedAt !== undefined && !isOlder(markedAt, opportunity.createdAt)
  return isOfThis ? comparedAs('agrees') : unknown('state-of-contact', statesOf(outcome, state))
}

const isOlder = (markedAt: number, createdAt: unknown): boolean => !mayBeBefore(createdAt, markedAt + CLOCK_SKEW_MS)

interface Contact {
  readonly state: ContactState
  /** Other opportunities of the lead. */
  readonly isOtherOpen: boolean
  readonly isOtherWon: boolean
}

/**
 * The field of the funnel that differs. `never-marked`: it agrees, unless RD Station never was told of an opportunity. A contact has one
 * state for all its opportunities, and sales and losses cannot be listed (docs/vendors/rd-station.md#events-of-a-contact).
 */
function judge(
  outcome: Exclude<OpportunityOutcome, 'ignored'>,
  { state: { isShown, isClient }, isOtherOpen, isOtherWon }: Contact,
): 'agrees' | 'unknown' | 'never-marked' | 'funnel.opportunity' | 'funnel.lifecycle_stage' {
  if (outcome === 'open') return isShown ? 'agrees' : 'funnel.opportunity'
  if (isShown && !isOtherOpen) return 'funnel.opportunity'
  if (outcome === 'won' && !isClient) return 'funnel.lifecycle_stage'
  if (isShown || (outcome === 'won' && isOtherWon)) return 'unknown'
  return outcome === 'won' ? 'agrees' : 'never-marked'
}

const statesOf = (outcome: OpportunityOutcome, { isShown, isClient }: ContactState) => ({
  crm: outcome,
  rd: [isShown ? 'opportunity' : 'no opportunity', ...(isClient ? ['client'] : [])].join(', '),
})
