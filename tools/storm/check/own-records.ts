import type { CrmLeadState, CrmOpportunityState } from '@ponte/testbed'
import type { Evidence } from './evidence.ts'
import type { Person } from '../plan/people.ts'

export interface OwnRecords {
  readonly leads: readonly CrmLeadState[]
  /** Oldest first. */
  readonly opportunities: readonly CrmOpportunityState[]
}

/** Whatever stands for the person in the CRM. */
export function findOwnRecords(
  { uuid, email, phone }: Person,
  { leads, opportunities }: Pick<Evidence, 'leads' | 'opportunities'>,
): OwnRecords {
  const own = leads.filter(
    lead =>
      lead.externalId === `rd:${uuid}` ||
      lead.emails.some(entry => entry.email === email) ||
      (email === undefined && lead.phones.some(({ number }) => number === phone)),
  )
  const ids = new Set(own.map(({ id }) => id))
  return {
    leads: own,
    opportunities: opportunities
      .filter(({ leadId }) => ids.has(leadId))
      .toSorted((one, other) => one.createdAt.localeCompare(other.createdAt)),
  }
}
