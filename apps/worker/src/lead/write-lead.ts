import { type CrmLead, message, type Message } from '@ponte/contracts'
import { isEmptyChange, notesOf, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import type { LeadHistory } from '@ponte/state'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import type { LeadContext } from '../run/job-context.ts'
import type { KnownLead, Person } from './registration.ts'
import { chooseOwner } from './choose-owner.ts'
import type { Routing } from './follow-route.ts'

/**
 * Creates the person's lead. Which conversion it is created from is recorded before: if the job dies, or the answer is lost, the lead
 * is found by its identities, and is not written from an older conversion.
 */
export async function createLead(person: Person, { route }: Routing, context: LeadContext): Promise<KnownLead> {
  const { data, identities, cause, writing, report } = person
  const { id: userId, reason } = await chooseOwner(person, route, context)
  const { lead: crmLead, decisions } = toCrmLead(data.lead, { ...writing, userId })
  for (const note of notesOf(decisions)) context.note(note)
  await context.underLocks({ changes: context.leads.rememberingCreation(identities, cause.at) })
  const id = await context.crm.createLead(crmLead)
  if (reason !== undefined) {
    context.metrics.defaultUserLeads.inc({ tenant: context.tenant.name, reason })
    context.figures.done.defaultUser()
  }
  report.fieldsDecided(decisions)
  return { id, name: crmLead.name, userId }
}

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
  const { change, decisions } = toCrmLeadChange(data.lead, current, writing)
  for (const note of notesOf(decisions)) context.note(note)
  if (isEmptyChange(change)) {
    report.fieldsDecided(decisions)
    return message('lead-unchanged', { lead: found.id })
  }
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // It was not applied: an older conversion may still be the newest that can be applied.
    if (!isOutcomeUnknown(error)) await context.underLocks({ changes: [context.leads.writingOf(found.id, before)] })
    throw error
  }
  report.fieldsDecided(decisions)
  context.figures.done.lead('updated')
  return message('lead-updated', { lead: found.id })
}
