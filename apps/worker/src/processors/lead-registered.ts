import type { CrmLead, JobData, RegisteredLead } from '@ponte/contracts'
import { isEmptyChange, toCrmLead, toCrmLeadChange } from '@ponte/mappers'
import { fingerprint } from '@ponte/state'
import type { JobContext, JobResult } from '../job-context.ts'
import { findLead, identitiesOf } from '../lead/find-lead.ts'
import { openOpportunity } from '../lead/open-opportunity.ts'
import { findResponsibleUser } from '../lead/responsible-user.ts'
import type { Processor } from './processor.ts'

/** A lead of RD Station becomes, or updates, one lead in TOTVS CRM with one open opportunity. SPEC §2.1. */
export const leadRegistered: Processor<'lead.registered'> = {
  async run(data, context) {
    const { lead } = data
    for (const note of lead.notes) context.note(note)
    const identities = identitiesOf(lead)
    return await context.locked(
      identities.map(identity => `person:${fingerprint(identity)}`),
      async () => {
        const found = await findLead(lead, context)
        const crmLead = found ?? (await createLead(lead, context))
        for (const identity of identities) await context.links.rememberLead(identity, crmLead.id)
        if (lead.contactCreatedAt !== undefined) await context.links.rememberCreation(lead, lead.contactCreatedAt)
        return await context.locked([`lead:${crmLead.id}`], () => bringUpToDate(data, { crmLead, found }, context))
      },
    )
  },
}

async function bringUpToDate(
  { key, lead, receivedAt }: JobData<'lead.registered'>,
  { crmLead, found }: { crmLead: KnownLead; found: CrmLead | undefined },
  context: JobContext,
): Promise<JobResult> {
  // A time ahead of the delivery itself is a wrong clock: it must not keep later conversions out.
  const convertedAt = Math.min(Date.parse(lead.convertedAt ?? receivedAt), Date.parse(receivedAt))
  const history = await context.leads.read(crmLead.id)
  if (history.convertedAt !== undefined && convertedAt < history.convertedAt) {
    return { outcome: 'skipped', summary: `lead ${crmLead.id}: a newer conversion was applied before` }
  }
  const saved = found === undefined ? 'created' : await updateLead(lead, found, context)
  const current = { ...history, convertedAt }
  await context.leads.write(crmLead.id, current)
  const opportunity = await openOpportunity({ key, lead, crmLead, history: current }, context)
  if (lead.email === undefined) context.note('the lead has no e-mail: its marks cannot go back to RD Station')
  return { outcome: 'done', summary: `lead ${crmLead.id} ${saved}; ${opportunity}` }
}

type KnownLead = Pick<CrmLead, 'id' | 'name' | 'userId'>

async function createLead(lead: RegisteredLead, context: JobContext): Promise<KnownLead> {
  const user = await findResponsibleUser(lead.ownerEmail, context)
  const { lead: crmLead, notes } = toCrmLead(lead, { variables: context.tenant.settings.variables, userId: user.id })
  for (const note of notes) context.note(note)
  return { id: await context.crm.createLead(crmLead), name: crmLead.name, userId: user.id }
}

async function updateLead(lead: RegisteredLead, found: CrmLead, context: JobContext): Promise<string> {
  const { change, notes } = toCrmLeadChange(lead, found, { variables: context.tenant.settings.variables })
  for (const note of notes) context.note(note)
  if (isEmptyChange(change)) return 'found, nothing new'
  await context.crm.updateLead(found.id, change)
  return 'updated'
}
