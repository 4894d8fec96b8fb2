import { type CrmOpportunity, type OpportunityOutcome, PermanentFailure } from '@ponte/contracts'
import { outcomeOfStatus } from '@ponte/mappers'
import type { JobContext } from '../../run/job-context.ts'
import { findContact, type MarkableContact } from './find-contact.ts'

/** The opportunity that a job is about, and whose it is. */
export interface Subject {
  readonly opportunityId: string
  readonly leadId: string
  /** Where TOTVS CRM keeps its opportunities, as its webhook said. */
  readonly contextUrl: string
  readonly contact: MarkableContact
  /** ISO 8601: when the job's delivery was received. */
  readonly receivedAt: string
}

export interface Other {
  readonly opportunity: CrmOpportunity
  readonly outcome: OpportunityOutcome
}

/** Another opportunity of the contact. Absent when it is gone. What is wrong with it is no failure of the job's opportunity. */
export async function readOther(
  id: string,
  { contextUrl }: Subject,
  { crm, tenant }: JobContext,
): Promise<Other | 'unreadable' | undefined> {
  const opportunity = await orUnreadable(() => crm.getOpportunity(contextUrl, id))
  if (opportunity === undefined || opportunity === 'unreadable') return opportunity
  // A status that the tenant does not name says nothing, like one that is ignored.
  const outcome = outcomeOfStatus(opportunity.status, tenant.settings.totvsCrm.statusMap) ?? 'ignored'
  return { opportunity, outcome }
}

/** Is it still the contact's? If a salesperson gave it to another lead, its marks are those of another contact. */
export async function readOwner(
  { opportunity: { leadId } }: Other,
  subject: Subject,
  context: JobContext,
): Promise<'same' | 'another' | 'unreadable'> {
  if (leadId === undefined) return 'another'
  if (leadId === subject.leadId) return 'same'
  const found = await orUnreadable(async () => {
    const lead = await context.crm.getLead(leadId)
    return lead && (await findContact(lead, context))
  })
  if (found === 'unreadable') return found
  return found !== undefined && 'uuid' in found && found.uuid === subject.contact.uuid ? 'same' : 'another'
}

async function orUnreadable<Result>(read: () => Promise<Result>): Promise<Result | 'unreadable'> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof PermanentFailure) return 'unreadable'
    throw error
  }
}
