import type { FailureCode, System, Texts } from '@ponte/contracts'

/** An assumption of docs/vendors that a rehearsal can test. */
export interface Fact {
  readonly system: System
  /** The section of docs/vendors/rd-station.md or docs/vendors/totvs-crm.md that has it. */
  readonly section: string
  /** The failures by which it shows that it does not hold. */
  readonly failures?: readonly FailureCode[]
  /** What holds, in one sentence. */
  readonly holds: Texts
  /** What it means when it does not hold, and what to change. */
  readonly otherwise: Texts
}
