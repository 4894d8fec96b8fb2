import type { CrmLead, JobData, Route } from '@ponte/contracts'
import type { LeadWriting } from '@ponte/mappers'
import type { CausedEvent, findOpportunityCatalog, SoughtPerson } from '@ponte/registration'
import type { Change, LeadHistory, TenantTime } from '@ponte/state'
import type { Confirmation } from '../run/confirmation.ts'
import type { RuleReport } from './rule-report.ts'

/** The person whom a delivery is about, with what is recorded of them. Read with the person's locks. */
export interface Person extends SoughtPerson, CausedEvent {
  readonly data: JobData<'lead.registered'>
  /** The time of the conversion from which an earlier run began to create the lead. Undefined once its outcome is known. */
  readonly unfinishedCreationAt: number | undefined
  /** What the tenant's settings and rules make of the lead. */
  readonly writing: LeadWriting
  readonly report: RuleReport
}

/** Where a lead goes. */
export interface Routing {
  readonly route: Route | undefined
  /** The ids of the route's pipeline, stage and type. Without a route they are looked up when an opportunity is opened. */
  readonly catalog: Awaited<ReturnType<typeof findOpportunityCatalog>> | undefined
}

/** Id, name and responsible user of a lead in TOTVS CRM. */
export type KnownLead = Pick<CrmLead, 'id' | 'name' | 'userId'>

/** The person's lead, with what is recorded of it. Read with the lead's lock. */
export interface LockedLead {
  readonly lead: KnownLead
  /** The lead as TOTVS CRM has it. Absent when this run has just created it. */
  readonly found: CrmLead | undefined
  /** Looked up before this run created the lead. Undefined for a lead that existed: it is looked up later. */
  readonly routing: Routing | undefined
  /** It was read before its lock was taken: another contact of the same lead may have changed it since. */
  readonly isStale: boolean
  /**
   * There when this run created the lead and recorded that its opportunity is being opened, so nothing is looked up. Ponte had no record of the lead,
   * no earlier run tried to create it, and only an opportunity of Ponte's could prevent a new one.
   */
  readonly recordedOpening: Confirmation | undefined
  readonly history: LeadHistory
  /** The time of the conversion that the lead was created from, if its history does not have it. */
  readonly createdFromConversionAt: number | undefined
  /** When Ponte has worked for the tenant. Absent when no process has decided that yet. */
  readonly served: TenantTime | undefined
  /** Changes for what the delivery tells of the person, if that is not recorded yet. */
  readonly unrecorded: readonly Change[]
}
