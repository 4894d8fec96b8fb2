import type { TotvsCrmClient } from '@ponte/clients'
import {
  CLOCK_SKEW_MS,
  type CrmOpportunity,
  type JobData,
  mayBeBefore,
  mayBeSince,
  type OpportunityOutcome,
  type TenantSettings,
} from '@ponte/contracts'
import { markFingerprint, nobodyToMark, outcomeOfStatus } from '@ponte/mappers'
import { findAllOfLead, type LeadPreview, type PreviewDeps, previewLead } from '@ponte/registration'
import type { Fingerprint, MarkRecord } from '@ponte/state'
import type { ContactState, ContactStates } from './contact-states.ts'
import { unreportedOf } from '../reconciliation/unreported.ts'

/** A place where the two systems are not, or may not be, as Ponte would have them. */
export interface Discrepancy {
  /**
   * `lead`, `opportunity`: there is none. `event`: Ponte would fail with `code`. A field of TOTVS CRM as rules name it, or of RD Station:
   * `funnel.opportunity`.
   */
  readonly field: string
  /** Its id in TOTVS CRM, or the key of the event where there is no record. */
  readonly record: string
  readonly of: 'lead' | 'opportunity' | 'event'
  readonly code?: string
  /** Of an opportunity: what it is in TOTVS CRM, and what RD Station shows of its contact. */
  readonly crm?: string
  readonly rd?: string
  /** Personal data: what Ponte would write, and what is there. */
  readonly wanted?: string
  readonly found?: string
}

/**
 * - `skipped`: Ponte would do nothing with the event, whatever there is, e.g. because of a filter.
 * - `unknown`: the systems do not show it.
 * - `unasked`: a system did not answer.
 */
export type ComparisonResult = 'agrees' | 'differs' | 'skipped' | 'unknown' | 'unasked'

export type Counts = Readonly<Record<ComparisonResult, number>>

export interface Comparison {
  readonly result: ComparisonResult
  readonly differences: readonly Discrepancy[]
  /** Differences that Ponte makes on purpose. */
  readonly byDesign: readonly Discrepancy[]
  /** Where it is unknown: why, as the field, and what is known. */
  readonly unknown: readonly Discrepancy[]
  /** Why it is skipped or unasked: a code. */
  readonly why?: string
}

export const comparedAs = (
  result: Exclude<ComparisonResult, 'differs'>,
  more: Partial<Omit<Comparison, 'result'>> = {},
): Comparison => ({ result, differences: [], byDesign: [], unknown: [], ...more })

const differing = (differences: readonly Discrepancy[], byDesign: readonly Discrepancy[] = []): Comparison =>
  differences.length === 0
    ? comparedAs('agrees', { byDesign })
    : { result: 'differs', differences, byDesign, unknown: [] }

export interface LeadDeps extends Pick<PreviewDeps, 'settings' | 'readRecorded'> {
  readonly crm: Pick<TotvsCrmClient, 'findLeads' | 'getLead' | 'findOpportunities' | 'findUsers' | 'listCatalog'>
}

/** What other programs leave out or write in their own way. */
const byDesign = new Set(['lead.externalId', 'opportunity.description'])

/** Decides about a delivery as if it came now: TOTVS CRM agrees when nothing would be written. */
export async function compareLead(data: JobData<'lead.registered'>, { crm, ...deps }: LeadDeps): Promise<Comparison> {
  const seen = new Map<string, CrmOpportunity>()
  const reader = {
    ...crm,
    async findOpportunities(...search: Parameters<typeof crm.findOpportunities>) {
      const found = await crm.findOpportunities(...search)
      for (const each of found) seen.set(each.id, each)
      return found
    },
  }
  const preview = await previewLead(data, { ...deps, openCrm: () => reader })
  const { lead, outcome, reasons, crmFailure, opportunity } = preview
  if (crmFailure !== undefined) return comparedAs('unasked', { why: crmFailure.key })
  if (outcome === 'skipped') return comparedAs('skipped', { why: reasons[0]?.key ?? '' })
  const shown = 'id' in lead ? ({ record: lead.id, of: 'lead' } as const) : ({ record: data.key, of: 'event' } as const)
  if (outcome === 'failed') return differing(reasons.map(({ key: code }) => ({ field: 'event', ...shown, code })))
  if (lead.standing === 'new') return differing([{ field: 'lead', record: data.key, of: 'event' }])

  const isMissing = opportunity.standing === 'opened' && !(await hadOpportunity(shown.record, data, crm))
  const written = [...writtenToLead(preview, shown.record), ...describedOtherwise(preview, seen)]
  return differing(
    [
      ...written.filter(({ field }) => !byDesign.has(field)),
      ...(isMissing ? [{ field: 'opportunity', ...shown }] : []),
    ],
    written.filter(({ field }) => byDesign.has(field)),
  )
}

function writtenToLead({ rows }: LeadPreview, record: string): readonly Discrepancy[] {
  return rows
    .filter(({ target, outcome }) => target.startsWith('lead.') && (outcome === 'written' || outcome === 'cut'))
    .map(({ target, value, current }) => ({ field: target, record, of: 'lead', ...valuesOf(value, current) }))
}

/** The opportunity that is there instead of the one that Ponte would open. */
function describedOtherwise(
  { rows, opportunity: { id = '' } }: LeadPreview,
  seen: ReadonlyMap<string, CrmOpportunity>,
): readonly Discrepancy[] {
  const found = seen.get(id)
  const row = rows.find(({ target }) => target === 'opportunity.description')
  if (found === undefined || row === undefined || row.value === found.description) return []
  return [{ field: row.target, record: id, of: 'opportunity', ...valuesOf(row.value, found.description) }]
}

function valuesOf(wanted: unknown, found: string | undefined): Pick<Discrepancy, 'wanted' | 'found'> {
  const text = typeof wanted === 'string' ? wanted : JSON.stringify(wanted)
  return { ...(text !== undefined && { wanted: text }), ...(found !== undefined && { found }) }
}

/**
 * One that is closed by now may have been opened for the delivery, or was open when it came and held up another one. Then it is no difference
 * that Ponte would open one now.
 */
async function hadOpportunity(
  leadId: string,
  { receivedAt }: JobData<'lead.registered'>,
  crm: LeadDeps['crm'],
): Promise<boolean> {
  const all = await findAllOfLead(leadId, { crm })
  const since = Date.parse(receivedAt) - CLOCK_SKEW_MS
  return all.some(each => mayBeSince(each.updatedAt ?? each.createdAt, since))
}

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
