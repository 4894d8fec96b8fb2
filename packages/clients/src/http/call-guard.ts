import type { CredentialRefused, Failure, System } from '@ponte/contracts'

/** One HTTP attempt that is about to be made. */
export interface HttpCall {
  readonly system: System
  readonly method: string
  /** Path and query, with e-mails masked and secrets left out: safe to log. */
  readonly path: string
  /** Creates or changes a record. */
  readonly writes: boolean
  /** Which of RD Station's two budgets of calls a minute it spends (reference rd-station.md §5). */
  readonly quota?: 'contacts' | 'events'
  /** Asks for a session or a token with the secrets of the tenants file. */
  readonly login?: true
}

/** What became of it. */
export interface HttpOutcome extends HttpCall {
  /** Absent when there was no answer. */
  readonly status?: number
  readonly durationMs: number
  /** Absent when the system answered as expected: 2xx, or a 404 that is an answer. A 401 that a new login may mend is a failure. */
  readonly failure?: Failure
  /** The system's own words, without personal data. */
  readonly detail?: string
}

/** Around every HTTP attempt. */
export interface CallGuard {
  /** May wait (pace), or throw (the system is resting): then no call is made. */
  before(call: HttpCall): Promise<void>
  /** Is told what happened. What it throws is dropped: a log that cannot be written must not make an answered write look lost. */
  after(outcome: HttpOutcome): Promise<void>
  /** A credential that the system had just given was refused. What it throws is dropped. */
  readonly onSessionRefused?: (failure: CredentialRefused) => Promise<void>
  /** Asked right before the request leaves, which may be long after `before` when the process stood still. */
  readonly mayLeave?: () => boolean
  /** Aborts the attempt that is under way. */
  readonly signal?: AbortSignal
}
