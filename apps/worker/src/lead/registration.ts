import { type CrmLead, type JobData, message, type Message, type Route, type RuleInput } from '@ponte/contracts'
import { type Decision, type FieldUse, type FilterResult, findRoute, type LeadWriting, usesOf } from '@ponte/mappers'
import type { CausedEvent, findOpportunityCatalog, SoughtPerson } from '@ponte/registration'
import type { Change, LeadHistory, TenantTime } from '@ponte/state'
import type { Confirmation } from '../run/job-locks.ts'
import type { JobContext } from '../run/job-context.ts'

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

/** A rule of the tenants file and what it did, as the metrics count it. */
interface RuleUse {
  readonly kind: 'filter' | 'route' | 'field'
  /** Its name. Empty for a lead that matches no filter under `send`. */
  readonly rule: string
  readonly outcome: 'sent' | 'skipped' | 'routed' | 'not-possible' | FieldUse['outcome']
}

export type RuleReport = ReturnType<typeof createRuleReport>

/** What the tenant's rules do in one run. Counted when the run is over, so that a run that fails and is tried again counts once. */
export function createRuleReport({ metrics, tenant }: Pick<JobContext, 'metrics' | 'tenant'>) {
  const uses: RuleUse[] = []
  const messages: Message[] = []
  const count = (use: RuleUse): void => metrics.leadRules.inc({ tenant: tenant.name, ...use })
  return {
    filtered({ isSent, rule, untold }: FilterResult): void {
      if (rule === undefined && isSent && untold.length === 0) return
      uses.push({ kind: 'filter', rule: rule ?? '', outcome: isSent ? 'sent' : 'skipped' })
      if (untold.length > 0) messages.push(message('lead-sent-untold', { places: untold }))
      else if (isSent && rule !== undefined) messages.push(message('lead-sent-by-rule', { rule }))
    },
    routed(rule: string): void {
      uses.push({ kind: 'route', rule, outcome: 'routed' })
      messages.push(message('routed-by-rule', { rule }))
    },
    /** Counted at once, because the run ends here. */
    routeNotPossible: (rule: string): void => count({ kind: 'route', rule, outcome: 'not-possible' }),
    fieldsDecided(decisions: readonly Decision[]): void {
      uses.push(...usesOf(decisions).map(({ rule, outcome }): RuleUse => ({ kind: 'field', rule, outcome })))
    },
    /** Adds something that the timeline says besides the rules. */
    add: (text: Message): void => void messages.push(text),
    /** Counts everything, and returns what the timeline says of it. Call it once, when the run is over. */
    end(): readonly Message[] {
      for (const use of uses) count(use)
      const written = new Set(uses.filter(({ outcome }) => outcome === 'written').map(({ rule }) => rule))
      return written.size === 0
        ? messages
        : [...messages, message('fields-written', { rules: [...written].join(', ') })]
    },
  }
}

/**
 * Records, for `ponte doctor`, which places of the lead have a value and which of the tenant's rules apply to it, each at most once a day.
 * Never throws.
 */
export async function recordRuleUse(
  input: RuleInput,
  filter: FilterResult,
  { ruleUse, tenant }: Pick<JobContext, 'ruleUse' | 'tenant'>,
): Promise<void> {
  const due = ruleUse.due()
  const isRouteDue = filter.isSent && due.some(({ kind }) => kind === 'routes')
  const route = isRouteDue ? findRoute(tenant.settings.routes, input) : undefined
  await ruleUse.record(due.filter(rule => rule.isUsedBy({ input, filter, route })))
}
