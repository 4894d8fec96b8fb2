import type { FailureCode, Message } from '@ponte/contracts'
import type { Decision, DecisionOutcome } from '@ponte/mappers'

/** What would become of one lead if it came now. Only data: the reader renders the messages. Holds personal data. */
export interface LeadPreview {
  readonly kind: 'lead'
  /** The key of the event. */
  readonly key: string
  /** Also `sent` when TOTVS CRM could not be asked. Everything that depends on TOTVS CRM is then `unknown`. */
  readonly outcome: 'sent' | 'skipped' | 'failed'
  /** Why it is skipped or failed, and which filter lets it through. */
  readonly reasons: readonly Message[]
  /** Why TOTVS CRM could not be asked, or not about everything. */
  readonly crmFailure: Message | undefined
  /** Places that a worker would read from RD Station. Whatever depends on them may become different. */
  readonly lacking: readonly string[]
  readonly filter: RulePreview | undefined
  readonly route: RulePreview | undefined
  /** How many routes the tenant has. */
  readonly routes: number
  readonly lead: LeadStanding
  readonly owner: OwnerPreview
  readonly place: PlacePreview
  readonly opportunity: OpportunityPreview
  /** One for each value of the delivery that goes into a target, and for each rule. Empty unless it is sent. */
  readonly rows: readonly PreviewRow[]
  /** Further notes of the timeline. Without personal data. */
  readonly notes: readonly Message[]
}

/** A part of a delivery that would go into quarantine. */
export interface QuarantinePreview {
  readonly kind: 'quarantined'
  readonly code: FailureCode
  readonly issues: readonly Message[]
}

/** A part of a delivery that Ponte need not act on. */
export interface IgnoredPreview {
  readonly kind: 'ignored'
  /** E.g. `synthetic-conversion`. */
  readonly what: string
}

export type DeliveryPreview = LeadPreview | QuarantinePreview | IgnoredPreview

/** A filter or a route that matches, and why. */
export interface RulePreview {
  readonly name: string
  readonly conditions: readonly ConditionPreview[]
}

/** One key of a condition, with its patterns and the lead's values. A rule without conditions matches every lead. */
export interface ConditionPreview {
  readonly key: string
  readonly patterns: readonly string[]
  readonly values: readonly string[]
}

/** Whether TOTVS CRM has the lead. `kept`: it has, and the lead stays as it is, because newer values were applied before. */
export type LeadStanding =
  | { readonly standing: 'new' | 'unknown' }
  | { readonly standing: 'known' | 'kept'; readonly id: string; readonly name: string | undefined }

export interface PreviewUser {
  readonly id: string
  readonly name: string | undefined
  readonly email: string | undefined
}

/** The responsible user of the lead. `in-turn`: one of the users, but not known yet which. */
export interface OwnerPreview {
  readonly standing: 'owner-in-rd-station' | 'in-turn' | 'default' | 'kept' | 'unknown'
  readonly users: readonly PreviewUser[]
  readonly reasons: readonly Message[]
}

/** Pipeline, stage and type of a new opportunity, as the setting names them and as TOTVS CRM knows them. */
export type PlacePreview = Readonly<Record<'pipeline' | 'stage' | 'type', PlaceEntry>>
export interface PlaceEntry {
  /** What the route or the variable says. */
  readonly wanted: string
  /** `route`: from the matching route. */
  readonly from: 'route' | 'variable'
  /** Undefined where TOTVS CRM does not have it or could not be asked. */
  readonly id: string | undefined
  readonly description: string | undefined
}

export interface OpportunityPreview {
  /** `opened`: an opportunity would be opened. `held-up`: none would be, because of `reason`. */
  readonly standing: 'opened' | 'held-up' | 'unknown'
  /** The open opportunity that prevents another one, if that is the reason. */
  readonly id: string | undefined
  readonly reason: Message | undefined
  /** The responsible user of the opportunity, if it is not the lead's. */
  readonly owner: OwnerPreview | undefined
}

/**
 * - What the mappers decide: see `DecisionOutcome`.
 * - `not-opened`: it belongs to an opportunity that would not be opened.
 * - `unknown`: it would be written, unless TOTVS CRM, which could not be asked, has it.
 */
export type RowOutcome = DecisionOutcome | 'not-opened' | 'unknown'

/** One row: from a place of the delivery, by a rule, into a target. */
export interface PreviewRow extends Omit<Decision, 'rule' | 'outcome' | 'notes'> {
  /** The name of the rule under `fields`. Undefined when Ponte itself writes the value. */
  readonly rule: string | undefined
  readonly outcome: RowOutcome
  /** Explains the outcome. Without personal data. */
  readonly note: Message | undefined
}
