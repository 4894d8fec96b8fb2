import type {
  Call,
  CrmLeadState,
  CrmOpportunityState,
  Delivery,
  QuotaStatistics,
  RdAccountState,
  RdContactState,
} from '@ponte/testbed'
import type { Person } from '../plan/people.ts'
import type { PrimaryLoss } from '../run/fail-over.ts'
import type { JobView } from '../run/queue-view.ts'
import type { Sent } from '../run/rd-sender.ts'
import type { Stand } from '../run/salesperson.ts'

/** What is known after a storm, from outside of Ponte: what was sent and acknowledged, and what both systems hold. */
export interface Evidence {
  readonly people: readonly Person[]
  /** What RD Station delivered. */
  readonly sent: readonly Sent[]
  /** What TOTVS CRM delivered. */
  readonly webhooks: readonly Delivery[]
  /** What RD Station delivered because Ponte had marked a contact. */
  readonly echoes: readonly Delivery[]
  /** How the opportunities stood, as far as a person changed it. */
  readonly stands: readonly Stand[]
  readonly leads: readonly CrmLeadState[]
  readonly opportunities: readonly CrmOpportunityState[]
  readonly contacts: readonly RdContactState[]
  readonly droppedMarks: RdAccountState['droppedMarks']
  /** What both systems received, in the order of arrival. */
  readonly calls: readonly Call[]
  readonly quotas: QuotaStatistics
  /** Of contacts and of events each. */
  readonly callsPerMinute: number
  /** How often a mark that fails is tried. */
  readonly rounds: number
  /** How often TOTVS CRM showed no custom fields for a while. */
  readonly hiddenFields: number
  /** Of primaries of Redis. What only they knew is gone. */
  readonly losses: readonly PrimaryLoss[]
  /** Failed jobs, and those that still were to be done when the storm was given up. */
  readonly jobs: readonly JobView[]
  /** Processes that ended by themselves. */
  readonly ended: readonly string[]
}
