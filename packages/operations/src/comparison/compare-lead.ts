import type { TotvsCrmClient } from '@ponte/clients'
import { CLOCK_SKEW_MS, type CrmOpportunity, type JobData, mayBeSince } from '@ponte/contracts'
import { findAllOfLead, type LeadPreview, previewLead, type PreviewDeps } from '@ponte/registration'
import { type Comparison, type Discrepancy, differing, comparedAs } from './comparison.ts'

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
