import type { CredentialRefused, DriftKind, Failure, System } from '@ponte/contracts'

/** One HTTP attempt that is about to be made. */
export interface HttpCall {
  readonly system: System
  readonly method: string
  /** Path and query with e-mails masked and secrets removed: safe to log. */
  readonly path: string
  /** Creates or changes a record. */
  readonly writes: boolean
  /** Which of RD Station's two quotas the call counts towards (docs/vendors/rd-station.md#quotas). */
  readonly quota?: 'contacts' | 'events'
  /** The call logs in or gets a token, with the secrets of the tenants file. */
  readonly login?: true
}

/** The result of that attempt. */
export interface HttpOutcome extends HttpCall {
  /** Absent when there was no answer. */
  readonly status?: number
  readonly durationMs: number
  /**
   * Absent when the system answered as expected: 2xx, or a 404 that counts as an answer. A 401 is a failure even if a new login then helps.
   */
  readonly failure?: Failure
  /** The system's own words, without personal data. */
  readonly detail?: string
}

/** Told of the body of each record that a client reads, before it is parsed. `record`: an id of the record, if one is known. */
export type ObserveRecord = (kind: DriftKind, body: unknown, record: string | undefined) => void

/** A client asks it before every HTTP attempt, and reports to it afterwards. */
export interface CallGuard {
  /** May wait for a slot in the quota. When it throws (an open circuit breaker, for example), no call is made. */
  before(call: HttpCall): Promise<void>
  /** Errors thrown here are ignored: a log that cannot be written must not make an answered write look lost. */
  after(outcome: HttpOutcome): Promise<void>
  /** A read met a connection that the system had closed, and is sent on a new one, as part of the same attempt. */
  readonly sentAgain?: (call: HttpCall) => void
  /** The system refused a credential that it had just issued. Errors thrown here are ignored. */
  readonly onSessionRefused?: (failure: CredentialRefused) => Promise<void>
  /** Asked right before the request is sent. If the process was paused, that may be long after `before`. */
  readonly maySend?: () => boolean
  /** Aborts the attempt that is in progress. */
  readonly signal?: AbortSignal
}

/** Lets logins and reads pass. A call that would create or change a record is refused before it is made. */
export const onlyReading = (guard: CallGuard): CallGuard => ({
  ...guard,
  async before(call) {
    if (call.writes || (call.method !== 'GET' && call.login !== true)) throw new Error('this must not write')
    await guard.before(call)
  },
})
