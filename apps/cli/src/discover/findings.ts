import type { CrmVariables, FailureCode } from '@ponte/contracts'

export type VariableName = keyof CrmVariables

/** A value that a variable may have, and what TOTVS CRM calls it, where the value does not say it. */
export interface Choice {
  readonly value: string
  readonly name?: string
}

/** Why a person has to choose, or first has to do something in TOTVS CRM. Names never change: scripts rely on them. */
export type Reason =
  /** There are several, and nothing says which one is meant. */
  | 'SEVERAL'
  /** Several have the name of the variable. */
  | 'SAME_NAME'
  /** There is none of the name of the variable, but there are others. */
  | 'NOT_FOUND'
  /** The default user is inactive, or has no role. */
  | 'USER_INACTIVE'
  | 'USER_WITHOUT_ROLE'
  /** There are types, but none that is Ponte's own. */
  | 'NO_OWN_TYPE'
  /** The stage depends on the pipeline, which is not known. */
  | 'PIPELINE_FIRST'
  /** The lead's phones do not say which type is for main phones and which for mobile phones. */
  | 'MAIN_OR_MOBILE'
  /** TOTVS CRM has none. */
  | 'NONE'
  | 'NO_LEAD'
  | 'LEAD_NOT_FOUND'
  /** No lead that was read has one. */
  | 'NOT_IN_LEAD'
  /** TOTVS CRM does not list them under the names that Ponte knows. */
  | 'NOT_LISTED'

/** What was found of a variable. */
export type Finding = { readonly variable: VariableName } & (
  | {
      readonly status: 'found'
      readonly value: string
      /** The tenants file had it already. */
      readonly isKept: boolean
      /** How many other ids of this kind the leads that were read have. */
      readonly others?: number
    }
  | { readonly status: 'ambiguous'; readonly reason: Reason; readonly choices: readonly Choice[] }
  | { readonly status: 'missing'; readonly reason: Reason; readonly code?: FailureCode }
)
