import { toCrmLead } from '@ponte/mappers'
import { chooseOwner } from './choose-owner.ts'
import type { Routing } from './follow-route.ts'
import type { LeadContext } from '../run/job-context.ts'
import type { KnownLead, Person } from './registration.ts'

/**
 * Creates the person's lead. Which conversion it is created from is recorded before: if the job dies, or the answer is lost, the lead
 * is found by its identities, and is not written from an older conversion.
 */
export async function createLead(person: Person, { route }: Routing, context: LeadContext): Promise<KnownLead> {
  const { data, identities, cause, writing, report } = person
  const { id: userId, reason } = await chooseOwner(person, route, context)
  const { lead: crmLead, notes, uses } = toCrmLead(data.lead, { ...writing, userId })
  for (const note of notes) context.note(note)
  await context.underLocks({ changes: context.leads.rememberingCreation(identities, cause.at) })
  const id = await context.crm.createLead(crmLead)
  if (reason !== undefined) {
    context.metrics.defaultUserLeads.inc({ tenant: context.tenant.name, reason })
    context.figures.done.defaultUser()
  }
  report.fieldsUsed(uses)
  return { id, name: crmLead.name, userId }
}
