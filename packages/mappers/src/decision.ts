import type { FieldRule, FieldValue, Message } from '@ponte/contracts'

/**
 * - `written`, `cut`: the value is written, whole or cut.
 * - `same`: TOTVS CRM has it already.
 * - `kept`: TOTVS CRM has another value, which stays.
 * - `left-out`: it does not fit.
 * - `overruled`: another rule writes the target.
 * - `no-value`: the delivery has none.
 */
export type DecisionOutcome = 'written' | 'cut' | 'same' | 'kept' | 'left-out' | 'overruled' | 'no-value'

/** What becomes of one value that may go into a record of TOTVS CRM. */
export interface Decision {
  /** The rule under `fields`. Undefined when Ponte itself writes the value. */
  readonly rule: FieldRule | undefined
  /** Where the value was looked for: a field of the lead, or places as the tenants file names them. */
  readonly places: readonly string[]
  /** The place that has a value, or the tenant's variable. A variable has no `values`. */
  readonly place: string | undefined
  readonly values: readonly string[]
  /** E.g. `lead.jobTitle`. */
  readonly target: string
  readonly value: FieldValue | undefined
  /** What TOTVS CRM holds, as text. Undefined when it holds nothing, or the record is new. */
  readonly current: string | undefined
  readonly outcome: DecisionOutcome
  /** What the timeline says about the decision, without the value. The last note says why. */
  readonly notes: readonly Message[]
}

/** A decision of Ponte itself, without a rule, before it is known what TOTVS CRM holds. */
export const ownDecision = (
  decision: Omit<Decision, 'rule' | 'current' | 'outcome' | 'notes'> & Partial<Decision>,
): Decision => ({ rule: undefined, current: undefined, outcome: 'written', notes: [], ...decision })

export const isWritten = ({ outcome }: Pick<Decision, 'outcome'>): boolean => outcome === 'written' || outcome === 'cut'

/** What the timeline says about decisions, each text once. */
export const notesOf = (decisions: readonly Decision[]): readonly Message[] => [
  ...new Map(decisions.flatMap(({ notes }) => notes).map(note => [JSON.stringify(note), note])).values(),
]

/** The decisions of Ponte itself, `overruled` where a rule decides about the member. */
export const overruledBy = (
  decisions: readonly Decision[],
  members: Readonly<Record<string, unknown>>,
): readonly Decision[] =>
  decisions.map(decision =>
    isWritten(decision) && Object.hasOwn(members, pathOf(decision)) ? { ...decision, outcome: 'overruled' } : decision,
  )

/** The path of the target in its record: `jobTitle`, `customFields.cnpj`. */
export const pathOf = ({ target }: Pick<Decision, 'target'>): string => target.slice(target.indexOf('.') + 1)

/** The value of a record as a text for people. */
export function currentText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (Array.isArray(value)) return value.map(each => currentText(each) ?? '').join(', ') || undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}
