import { type CrmLead, message, type Message } from '@ponte/contracts'
import { isEmptyChange, notesOf, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import type { RegistrationPlan } from '@ponte/registration'
import { isOutcomeUnknown } from '../calls/job-delayed.ts'
import type { JobContext } from '../run/job-context.ts'
import type { KnownLead, Person, Routing } from './registration.ts'
import { chooseOwner } from './routing.ts'

/**
 * Creates the person's lead. Its conversion is recorded before. If the job dies or the answer is lost, the next run finds the lead by its
 * identities, and an older conversion does not overwrite it. Taken back when no run can have created the lead.
 */
export async function createLead(person: Person, { route }: Routing, context: JobContext): Promise<KnownLead> {
  const { data, identities, cause, writing, report } = person
  const { id: userId, reason } = await chooseOwner(person, route, context)
  const { lead: crmLead, decisions } = toCrmLead(data.lead, { ...writing, userId })
  for (const note of notesOf(decisions)) context.note(note)
  await context.underLocks({ changes: context.leads.rememberingLeadCreation(identities, cause.at) })
  const id = await context.crm.createLead(crmLead).catch(async (error: unknown) => {
    if (!isOutcomeUnknown(error) && person.unfinishedCreationAt === undefined)
      await context.underLocks({ changes: context.leads.forgettingLeadCreation(identities) })
    throw error
  })
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
  /** What the plan says of the lead. */
  readonly plan: Pick<Extract<RegistrationPlan, { kind: 'apply' }>, 'write' | 'before' | 'repeats'>
}

/**
 * Writes what RD Station knows and TOTVS CRM does not. The lead's lists are written whole, so a lead that was read before its lock is read
 * again.
 */
export async function updateLead(
  { data, writing, report }: Person,
  { found, isStale, plan }: LeadUpdate,
  context: JobContext,
): Promise<Message> {
  if (plan.write === 'keep') return message('lead-kept', { lead: found.id })
  const current = (isStale ? await context.crm.getLead(found.id) : found) ?? found
  const { change, decisions } = toCrmLeadChange(data.lead, current, {
    ...writing,
    ...(plan.write === 'fill' && { fillsOnly: true }),
  })
  for (const note of notesOf(decisions)) context.note(note)
  if (isEmptyChange(change)) {
    report.fieldsDecided(decisions)
    return message('lead-unchanged', { lead: found.id })
  }
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // The change was not applied, so an older conversion may still be the newest to apply.
    if (!isOutcomeUnknown(error))
      await context.underLocks({ changes: [context.leads.writingOf(found.id, plan.before)] })
    throw error
  }
  report.fieldsDecided(decisions)
  if (plan.repeats === undefined) context.figures.done.lead('updated')
  return message('lead-updated', { lead: found.id })
}
