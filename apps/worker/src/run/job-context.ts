import type { NonEmpty } from '@ponte/contracts'
import type { createLeadLedger, createMarkLedger } from '@ponte/state'
import type { Connection } from '../connections/connection.ts'

/** What a processor works with. */
export interface JobContext extends Omit<Connection, 'clients'>, ReturnType<Connection['clients']> {
  /** Written only under the lock of the lead. */
  readonly leads: ReturnType<typeof createLeadLedger>
  /** Written only under the lock of the opportunity. */
  readonly marks: ReturnType<typeof createMarkLedger>
  readonly jobId: string
  /** How often the job was taken over from a worker that died. */
  readonly stalled: number
  /** Adds a line to the job's log: English, no personal data. */
  note(text: string): void
  /**
   * Runs the work while nobody else holds any of the names (within the tenant). Throws Postponed when somebody else does.
   * From the moment the lock may be lost, every call outwards fails, and what is written to a ledger is refused.
   */
  locked<Result>(names: NonEmpty<string>, work: () => Promise<Result>): Promise<Result>
}

/** What became of a job: shown on the board as its return value. */
export interface JobResult {
  readonly outcome: 'done' | 'skipped'
  /** Why it was skipped, or what was done: English, no personal data. */
  readonly summary: string
  /** The opportunity that the job opened or found, when its data could not name it: its story is found by it. */
  readonly opportunityId?: string
}
