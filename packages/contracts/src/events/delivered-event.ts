import type { RegisteredLead } from '../jobs/registered-lead.ts'
import type { CrmEventName } from './events.ts'

export interface LeadEvent {
  readonly name: 'lead.registered'
  readonly key: string
  readonly lead: RegisteredLead
}

export interface OpportunityEvent {
  readonly name: CrmEventName
  readonly key: string
  readonly opportunityId: string
  /** Untrusted: compared with the tenant's pattern before use. */
  readonly contextUrl: string
}

/** One event of a delivery. `name` says which of the two shapes it has. */
export type DeliveredEvent = LeadEvent | OpportunityEvent
