import { type CrmOpportunity, type JobData, type OpportunityEventName, PermanentFailure } from '@ponte/contracts'
import { type MarkName, markBasis, marksDue, opportunityOutcomeOf, readCustomField } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import type { JobContext, JobResult } from '../job-context.ts'
import { findContact } from '../mark/find-contact.ts'
import { sendMarks } from '../mark/send-marks.ts'
import { mayTry, recordFailedRound, recordRecovery } from '../mark/status-rd-loop.ts'
import { Postponed } from '../postponed.ts'
import type { Processor } from './processor.ts'

type Data = JobData<'opportunity.updated'>

/** What the last run of a job found out, for the case that the job then fails for good. */
interface Tried {
  readonly permission: { readonly series: string; readonly round: number }
  readonly basis: string
}

const tries = new WeakMap<JobContext, Tried>()

/**
 * Brings RD Station up to date with the state in which the opportunity is now, whatever the event said. Serves all events of
 * opportunities alike: what counts is the state that is read, not the trigger. SPEC §2.2, §2.3.
 */
export const opportunityChanged: Processor<OpportunityEventName> = {
  run: (data, context) => context.locked([lockOf(data)], () => bringUpToDate(data, context)),

  async afterFailure(data, context, failure) {
    const tried = tries.get(context)
    if (tried === undefined) return
    await context.locked([lockOf(data)], () => recordFailedRound({ data, ...tried, failure }, context))
  },
}

const lockOf = ({ opportunityId }: Data): string => `opportunity:${opportunityId}`

async function bringUpToDate(data: Data, context: JobContext): Promise<JobResult> {
  const { crm, marks, tenant } = context
  const { statusRd } = tenant.settings
  const opportunity = await crm.getOpportunity(data.contextUrl, data.opportunityId)
  if (opportunity === undefined) throw new PermanentFailure('CRM_OPPORTUNITY_NOT_FOUND')
  const history = await marks.read(data.opportunityId)
  const lead = opportunity.leadId === undefined ? undefined : await crm.getLead(opportunity.leadId)
  const basis = markBasis({ opportunity, lead })
  const status = readCustomField(opportunity.customFields, opportunity, statusRd.field)

  const permission = mayTry({ data, history, basis, statusRd: status }, context)
  if (!permission.allowed) return { outcome: 'skipped', summary: permission.reason }
  tries.set(context, { permission, basis })

  const outcome = opportunityOutcomeOf(opportunity, tenant.settings.totvsCrm.statusMap)
  const due = marksDue(outcome, history.marked)
  if (due.length === 0) {
    await recordRecovery(data, history, context)
    return { outcome: 'skipped', summary: `nothing to mark: RD Station was told ${history.marked}` }
  }
  if (opportunity.leadId === undefined) return { outcome: 'skipped', summary: 'the opportunity has no lead' }
  if (lead === undefined) throw new PermanentFailure('CRM_LEAD_NOT_FOUND')

  const contact = await findContact(lead, context)
  if ('skipped' in contact) return { outcome: 'skipped', summary: contact.skipped }
  await waitUntilOldEnough({ uuid: contact.uuid, email: contact.email }, context)
  return await mark({ data, due, opportunity, contact, history }, context)
}

interface Marking {
  readonly data: Data
  readonly due: readonly MarkName[]
  readonly opportunity: CrmOpportunity
  readonly contact: { readonly uuid: string; readonly email: string }
  readonly history: MarkHistory
}

async function mark({ data, ...marking }: Marking, context: JobContext): Promise<JobResult> {
  const history = await sendMarks(marking, context)
  await recordRecovery(data, history, context)
  return { outcome: 'done', summary: `marked: ${marking.due.join(', ')}` }
}

/** RD Station may drop the marks of a contact that it created in the last minutes. SPEC §2.2. */
async function waitUntilOldEnough(
  contact: { readonly uuid: string; readonly email: string },
  { links, tenant }: JobContext,
): Promise<void> {
  const createdAt = await links.createdAt(contact)
  if (createdAt === undefined) return
  const minAgeMs = tenant.settings.rdStation.minContactAgeSeconds * 1000
  // A clock that runs ahead must not make a contact wait longer than a new one does.
  const leftMs = Math.min(createdAt + minAgeMs - Date.now(), minAgeMs)
  if (leftMs > 0) throw new Postponed('RD Station created the contact moments ago and may drop its marks', leftMs)
}
