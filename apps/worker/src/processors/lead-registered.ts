import {
  type CrmLead,
  type Identities,
  type JobData,
  type RegisteredLead,
  requireIdentities,
  say,
} from '@ponte/contracts'
import { isEmptyChange, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import { leadLock, type LeadHistory, personLocks } from '@ponte/state'
import type { JobContext, JobResult } from '../job-context.ts'
import { findLead } from '../lead/find-lead.ts'
import { openOpportunity } from '../lead/open-opportunity.ts'
import { findResponsibleUser } from '../lead/responsible-user.ts'
import { mayHaveHadEffect } from '../may-have-had-effect.ts'
import type { Processor } from './processor.ts'

/** A lead of RD Station becomes, or updates, one lead in TOTVS CRM with one open opportunity. SPEC §2.1. */
export const leadRegistered: Processor<'lead.registered'> = {
  async run(data, context) {
    const { lead } = data
    for (const note of lead.notes) context.note(note)
    await context.links.rememberDelivered(lead)
    const identities = requireIdentities(lead)
    const convertedAt = readConvertedAt(data)
    return await context.locked(personLocks(identities, context.fingerprint), async () => {
      const found = await findLead(identities, context)
      if (found === undefined) await context.leads.writeCreation(identities, convertedAt)
      const crmLead = found ?? (await createLead(lead, context))
      for (const identity of identities) await context.links.rememberLead(identity, crmLead.id)
      if (lead.contactCreatedAt !== undefined) await context.links.rememberCreation(lead, lead.contactCreatedAt)
      const opening = { data, identities, convertedAt, crmLead, found }
      return await context.locked([leadLock(crmLead.id)], () => bringUpToDate(opening, context))
    })
  },
}

/** A time ahead of the delivery itself is a wrong clock: it must not keep later conversions out. Milliseconds since 1970. */
const readConvertedAt = ({ lead, receivedAt }: JobData<'lead.registered'>): number =>
  Math.min(Date.parse(lead.convertedAt ?? receivedAt), Date.parse(receivedAt))

interface Registration {
  readonly data: JobData<'lead.registered'>
  readonly identities: Identities
  readonly convertedAt: number
  readonly crmLead: KnownLead
  /** Absent when this job has just created it. */
  readonly found: CrmLead | undefined
}

async function bringUpToDate(registration: Registration, context: JobContext): Promise<JobResult> {
  const { data, identities, convertedAt, crmLead, found } = registration
  const { key, lead } = data
  const history = await context.leads.read(crmLead.id)
  const newest = history.convertedAt ?? (await context.leads.readCreation(identities))
  if (newest !== undefined && convertedAt < newest) {
    return {
      outcome: 'skipped',
      summary: say('lead {lead}: a newer conversion was applied before', { lead: crmLead.id }),
    }
  }
  // Before the lead is written: a job that dies in between must not let an older conversion in.
  const current = { ...history, convertedAt }
  await context.leads.write(crmLead.id, current)
  await context.leads.removeCreation(identities)
  const before = { ...history, ...(newest !== undefined && { convertedAt: newest }) }
  const saved =
    found === undefined
      ? say('lead {lead} created', { lead: crmLead.id })
      : await updateLead(lead, { found, before }, context)
  const opportunity = await openOpportunity({ key, lead, crmLead, history: current }, context)
  if (lead.email === undefined) context.note(say('the lead has no e-mail: its marks cannot go back to RD Station'))
  const { opened } = await context.leads.read(crmLead.id)
  if (opened !== undefined && lead.uuid !== undefined) await context.contactOpportunities.remember(lead.uuid, opened.id)
  return {
    outcome: 'done',
    summary: `${saved}; ${opportunity}`,
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
): Promise<string> {
  // Read again under the lead's own lock: its lists are written whole, and another contact of the same lead may have changed them.
  const current = (await context.crm.getLead(found.id)) ?? found
  const { change, notes } = toCrmLeadChange(lead, current, { variables: context.tenant.settings.variables })
  for (const note of notes) context.note(note)
  if (isEmptyChange(change)) return say('lead {lead} found, nothing new', { lead: found.id })
  try {
    await context.crm.updateLead(found.id, change)
  } catch (error) {
    // It was not applied: an older conversion may still be the newest that can be.
    if (!mayHaveHadEffect(error)) await context.leads.write(found.id, before)
    throw error
  }
  return say('lead {lead} updated', { lead: found.id })
}
