import { leadWritingOf, toCrmLead } from '@ponte/mappers'
import { findResponsibleUser } from '@ponte/registration'
import type { JobContext } from '../run/job-context.ts'
import type { KnownLead, Person } from './registration.ts'

/**
 * Creates the person's lead. Which conversion it is created from is recorded before: if the job dies, or the answer is lost, the lead
 * is found by its identities, and is not written from an older conversion.
 */
export async function createLead({ data, identities, cause }: Person, context: JobContext): Promise<KnownLead> {
  const { lead } = data
  const user = await findResponsibleUser(lead.ownerEmail, context)
  const { lead: crmLead, notes } = toCrmLead(lead, { ...leadWritingOf(data, context.tenant.settings), userId: user.id })
  for (const note of notes) context.note(note)
  await context.underLocks({ changes: context.leads.rememberingCreation(identities, cause.at) })
  return { id: await context.crm.createLead(crmLead), name: crmLead.name, userId: user.id }
}
