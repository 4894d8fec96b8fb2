/** A place where the two systems are not, or may not be, as Ponte would have them. */
export interface Discrepancy {
  /**
   * `lead`, `opportunity`: there is none. `event`: Ponte would fail with `code`. A field of TOTVS CRM as rules name it, or of RD Station:
   * `funnel.opportunity`.
   */
  readonly field: string
  /** Its id in TOTVS CRM, or the key of the event where there is no record. */
  readonly record: string
  /** What `record` names. Not in `--json`. */
  readonly of: 'lead' | 'opportunity' | 'event'
  readonly code?: string
  /** Of an opportunity: what it is in TOTVS CRM, and what RD Station shows of its contact. */
  readonly crm?: string
  readonly rd?: string
  /** Personal data: what Ponte would write, and what is there. */
  readonly wanted?: string
  readonly found?: string
}

/**
 * - `skipped`: Ponte would do nothing with the event, whatever there is, e.g. because of a filter.
 * - `unknown`: the systems do not show it.
 * - `unasked`: a system did not answer.
 */
export type Result = 'agrees' | 'differs' | 'skipped' | 'unknown' | 'unasked'

export type Counts = Readonly<Record<Result, number>>

export interface Comparison {
  readonly result: Result
  readonly differences: readonly Discrepancy[]
  /** Differences that Ponte makes on purpose. */
  readonly byDesign: readonly Discrepancy[]
  /** Where it is unknown: why, as the field, and what is known. */
  readonly unknown: readonly Discrepancy[]
  /** Why it is skipped or unasked: a code. */
  readonly why?: string
}

export const comparedAs = (
  result: Exclude<Result, 'differs'>,
  more: Partial<Omit<Comparison, 'result'>> = {},
): Comparison => ({ result, differences: [], byDesign: [], unknown: [], ...more })

export const differing = (differences: readonly Discrepancy[], byDesign: readonly Discrepancy[] = []): Comparison =>
  differences.length === 0
    ? comparedAs('agrees', { byDesign })
    : { result: 'differs', differences, byDesign, unknown: [] }
