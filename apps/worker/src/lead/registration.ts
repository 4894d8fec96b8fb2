import type { CrmLead, JobData } from '@ponte/contracts'
import type { LeadWriting } from '@ponte/mappers'
import type { Cause, SoughtPerson } from '@ponte/registration'
import type { Change, LeadHistory } from '@ponte/state'
import type { Routing } from './follow-route.ts'
import type { RuleReport } from './rule-report.ts'

/** The person whom a delivery is about, and what is recorded of it. Read with the person's locks. */
export interface Person extends SoughtPerson {
  readonly data: JobData<'lead.registered'>
  readonly cause: Cause
  /** When the conversion happened for which an earlier run began to create the lead, if nobody knows what became of that. */
  readonly creation: number | undefined
  /** What the tenant's settings and rules make of the lead. */
  readonly writing: LeadWriting
  readonly report: RuleReport
}

/** Id, name and responsible user of a lead in TOTVS CRM. */
export type KnownLead = Pick<CrmLead, 'id' | 'name' | 'userId'>

/** The person's lead, and what is recorded of it. Read with the lead's lock. */
export interface LockedLead {
  readonly lead: KnownLead
  /** The lead as TOTVS CRM has it. Absent when this run has just created it. */
  readonly found: CrmLead | undefined
  /** Looked up before this run created the lead; of a lead that was there it is not yet. */
  readonly routing: Routing | undefined
  /** It was read before its lock was taken: another contact of the same lead may have changed it since. */
  readonly isStale: boolean
  /**
   * This run created it, and recorded that its opportunity is being opened: Ponte had no record of the lead, no earlier run tried to
   * create it, and only an opportunity of Ponte's could keep its own from being opened. So nothing is looked up.
   */
  readonly opensAtOnce: boolean
  readonly history: LeadHistory
  /** The conversion that the lead was created from, if that is not in its history. */
  readonly creation: number | undefined
  /** Since when Ponte has worked for the tenant. Absent when no process has decided that yet. */
  readonly start: number | undefined
  /** What the delivery tells of the person, if that is not recorded yet. */
  readonly unrecorded: readonly Change[]
}
