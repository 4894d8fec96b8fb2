import {
  type CrmLead,
  type Identities,
  type JobData,
  message,
  type Message,
  type RegisteredLead,
  requireIdentities,
} from '@ponte/contracts'
import { isEmptyChange, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import { change, leadLock, type LeadHistory, personLocks, read } from '@ponte/state'
import type { JobContext, JobResult } from '../run/job-context.ts'
import { findLead } from '../lead/find-lead.ts'
import { openOpportunity } from '../lead/open-opportunity.ts'
import { isEcho, planRegistration } from '../lead/plan-registration.ts'
import { type Cause, causeOf } from '../lead/registration-cause.ts'
import { findResponsibleUser } from '../lead/responsible-user.ts'
import { isOutcomeUnknown } from '../run/is-outcome-unknown.ts'
import type { Processor } from './processor.ts'

/** A lead of RD Station becomes, or updates, one lead in TOTVS CRM with one open opportunity. See docs/behaviour.md#leads. */
export const leadRegistered: Processor<'lead.registered'> = (data, context) => ({
  async run() {
    const { lead } = data
    for (const note of [...lead.notes, ...(lead.messages ?? [])]) context.note(note)
    await change(context.redis, context.links.rememberingDelivered(lead))
    const identities = requireIdentities(lead)
    const marks = context.contactMarks.readingOf(lead)
    const cause = causeOf(data, (await read(context.redis, [marks]))(marks))
    return await context.locked(personLocks(identities, context.fingerprint), async () => {
      const found = await findLead(identities, context)
      if (found === undefined && isEcho(cause)) {
        return {
          outcome: 'skipped',
          summary: message('own-mark-without-lead'),
        }
      }
      if (found === undefined) await context.leads.writeCreation(identities, cause.at)
      const crmLead = found ?? (await createLead(lead, context))
      await context.underLocks({
        changes: [
          ...context.links.rememberingLead(identities, crmLead.id),
          ...(lead.contactCreatedAt === undefined
            ? []
            : context.links.rememberingCreation(lead, lead.contactCreatedAt)),
        ],
      })
      const opening = { data, identities, cause, crmLead, found }
      return await context.locked([leadLock(crmLead.id)], () => bringUpToDate(opening, context))
    })
  },
})

interface Registration {
  readonly data: JobData<'lead.registered'>
  readonly identities: Identities
  readonly cause: Cause
  readonly crmLead: KnownLead
  /** Absent when this job has just created it. */
  readonly found: CrmLead | undefined
}

async function bringUpToDate(registration: Registration, context: JobContext): Promise<JobResult> {
  const { data, identities, cause, crmLead, found } = registration
  const { key, lead } = data
  const history = await context.leads.read(crmLead.id)
  const creation = await context.leads.readCreation(identities)
  const plan = planRegistration({ leadId: crmLead.id, key, cause, history, creation })
  if (plan.kind === 'skip') return { outcome: 'skipped', summary: plan.summary }
  await context.leads.write(crmLead.id, plan.current)
  await context.leads.removeCreation(identities)
  const saved =
    found === undefined
      ? message('lead-created', { lead: crmLead.id })
      : plan.write === 'keep'
        ? message('lead-kept', { lead: crmLead.id })
        : await updateLead(lead, { found, before: plan.before }, context)
  if (lead.email === undefined) context.note(message('lead-without-email'))
  if (!plan.opensOpportunity) return { outcome: 'done', summary: [saved, message('own-mark')] }
  const opportunity = await openOpportunity(
    { key, lead, receivedAt: data.receivedAt, crmLead, history: plan.current, cause: cause.kind },
    context,
  )
  if (cause.kind === 'mark' && !cause.isOurs)
    await change(context.redis, context.contactMarks.rememberingOther(lead, cause.at))
  const { opened } = await context.leads.read(crmLead.id)
  if (opened !== undefined && lead.uuid !== undefined)
    await change(context.redis, [context.contactOpportunities.rememberingOf(lead.uuid, opened.id)])
  return {
    outcome: 'done',
    summary: [saved, opportunity],
    ...(opened && { opportunityId: opened.id }),
  }
}

type KnownLead = Pick<CrmLead, 'id' | 'name' | 'userId'>

async function createLead(lead: RegisteredLead, context: JobContext): Promise<KnownLead> {
  const user = await findResponsibleUser(lead.ownerEmail, context)
  const { lead: crmLead, notes } = toCrmLead(lead, { variables: context.tenant.settings.variables, userId: user.id })
  for (const note of notes) context.note(note)
  return { id: await context.crm.createLead(crmLead), name: crmLead.name, userId: user.id }
}

async function updateLead(
  lead: RegisteredLead,
  { found, before }: { found: CrmLead; before: LeadHistory },
  context: JobContext,
): Promise<Message> {
  // Read again under the lead's own lock: its lists are written whole, and another contact of the same lead may have changed them.
  const current = (await context.crm.getLead(found.id)) ?? found
  const { change, notes } = toCrmLeadChange(lead, current, { variables: context.tenant.settings.variables })
  for (const note of notes) context.note(note)
  if (isEmptyChange(change)) return message('lead-unchanged', { lead: found.id })
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // It was not applied: an older conversion may still be the newest that can be applied.
    if (!isOutcomeUnknown(error)) await context.leads.write(found.id, before)
    throw error
  }
  return message('lead-updated', { lead: found.id })
}
