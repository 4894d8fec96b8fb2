import { type CrmLead, message, type Message } from '@ponte/contracts'
import { isEmptyChange, toCrmLeadChange } from '@ponte/mappers'
import type { LeadHistory } from '@ponte/state'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import type { LeadContext } from '../run/job-context.ts'
import type { Person } from './registration.ts'

export interface LeadUpdate {
  readonly found: CrmLead
  readonly isStale: boolean
  /** What is recorded again when the lead turns out not to have been written. */
  readonly before: LeadHistory
}

/** Writes what RD Station knows and TOTVS CRM does not. The lead's lists are written whole, so it has to be as it is under its own lock. */
export async function updateLead(
  { data, writing, report }: Person,
  { found, isStale, before }: LeadUpdate,
  context: LeadContext,
): Promise<Message> {
  const current = (isStale ? await context.crm.getLead(found.id) : found) ?? found
  const { change, notes, uses } = toCrmLeadChange(data.lead, current, writing)
  for (const note of notes) context.note(note)
  if (isEmptyChange(change)) {
    report.fieldsUsed(uses)
    return message('lead-unchanged', { lead: found.id })
  }
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // It was not applied: an older conversion may still be the newest that can be applied.
    if (!isOutcomeUnknown(error)) await context.underLocks({ changes: [context.leads.writingOf(found.id, before)] })
    throw error
  }
  report.fieldsUsed(uses)
  context.figures.done.lead('updated')
  return message('lead-updated', { lead: found.id })
}
