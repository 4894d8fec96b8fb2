import type { Connection } from './connection.ts'

/** What a processor works with. */
export interface JobContext extends Omit<Connection, 'clients'>, ReturnType<Connection['clients']> {
  readonly jobId: string
  /** How often the job was taken over from a worker that died. */
  readonly stalled: number
  /** Adds a line to the job's log: English, no personal data. */
  note(text: string): void
  /**
   * Runs the work while nobody else holds any of the names (within the tenant). Throws Postponed when somebody else does.
   * From the moment the lock may be lost, every call outwards fails.
   */
  locked<Result>(names: readonly string[], work: () => Promise<Result>): Promise<Result>
}

/** What became of a job: shown on the board as its return value. */
export interface JobResult {
  readonly outcome: 'done' | 'skipped'
  /** Why it was skipped, or what was done: English, no personal data. */
  readonly summary: string
}
