import type { FieldRule, FieldValue, Message } from '@ponte/contracts'
import { nameOfField } from './rules/apply-rules.ts'

/**
 * - `written`, `cut`: it is written, whole or cut.
 * - `same`: TOTVS CRM has it already.
 * - `kept`: TOTVS CRM has another value, which stays.
 * - `left-out`: it does not fit.
 * - `overruled`: another rule writes the target.
 * - `no-value`: the delivery has none.
 */
export type DecisionOutcome = 'written' | 'cut' | 'same' | 'kept' | 'left-out' | 'overruled' | 'no-value'

/** What becomes of one value on its way into a record of TOTVS CRM. */
export interface Decision {
  /** The rule under `fields`. Undefined: Ponte itself. */
  readonly rule: FieldRule | undefined
  /** Where the value was looked for: a field of the lead, or places as the tenants file names them. */
  readonly places: readonly string[]
  /** The place that has a value; a variable of the tenant, which has no values here. */
  readonly place: string | undefined
  readonly values: readonly string[]
  /** E.g. `lead.jobTitle`. */
  readonly target: string
  readonly value: FieldValue | undefined
  /** What TOTVS CRM holds, as text. Undefined: nothing, or the record is new. */
  readonly current: string | undefined
  readonly outcome: DecisionOutcome
  /** What the timeline says of it, without the value. The last one says why. */
  readonly notes: readonly Message[]
}

/** What became of the value of a rule under `fields`: `kept` is that of TOTVS CRM, because the tenant's `updates` say so. */
export interface FieldUse {
  /** What the timeline and the metrics call the rule. */
  readonly rule: string
  readonly outcome: 'written' | 'left-out' | 'kept'
}

export const isWritten = ({ outcome }: Pick<Decision, 'outcome'>): boolean => outcome === 'written' || outcome === 'cut'

/** What the timeline says of decisions, each text once. */
export const notesOf = (decisions: readonly Decision[]): readonly Message[] => [
  ...new Map(decisions.flatMap(({ notes }) => notes).map(note => [JSON.stringify(note), note])).values(),
]

/** What decisions made of the rules that had a value for them. What TOTVS CRM has already is no use. */
export const usesOf = (decisions: readonly Decision[]): readonly FieldUse[] =>
  decisions.flatMap(decision => {
    const { rule, outcome } = decision
    if (rule === undefined) return []
    if (isWritten(decision)) return { rule: nameOfField(rule), outcome: 'written' }
    return outcome === 'left-out' || outcome === 'kept' ? { rule: nameOfField(rule), outcome } : []
  })

/** What Ponte itself would write, where no rule decides about the member. */
export const overruledBy = (
  decisions: readonly Decision[],
  members: Readonly<Record<string, unknown>>,
): readonly Decision[] =>
  decisions.map(decision =>
    isWritten(decision) && Object.hasOwn(members, pathOf(decision)) ? { ...decision, outcome: 'overruled' } : decision,
  )

/** Where the target stands in its record: `jobTitle`, `customFields.cnpj`. */
export const pathOf = ({ target }: Pick<Decision, 'target'>): string => target.slice(target.indexOf('.') + 1)

/** What a record holds, for people to read. */
export function currentText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (Array.isArray(value)) return value.map(each => currentText(each) ?? '').join(', ') || undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
