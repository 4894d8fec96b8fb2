import type { System } from '../system.ts'
import { type FailureCode, failures } from './failures.ts'

/** Ids and names of settings only: what an operator may read. Never personal data, never a secret. */
export type FailureContext = Readonly<Record<string, string | number | boolean>>

export interface FailureOptions {
  readonly context?: FailureContext
  /** The other system's own words, already free of personal data. Shown in the job log, not in the message. */
  readonly detail?: string
}

/**
 * Something went wrong, and Ponte knows what. The class says what to do, the code says what happened. The message is `CODE: sentence`, so
 * that Bull Board's failed column is the diagnosis. There is no `cause`, because errors of HTTP libraries hold URLs, headers and bodies.
 */
export abstract class Failure extends Error {
  readonly code: FailureCode
  readonly context: FailureContext
  readonly detail: string | undefined

  constructor(code: FailureCode, { context = {}, detail }: FailureOptions = {}) {
    super(describe(code, context))
    this.name = new.target.name
    this.code = code
    this.context = context
    this.detail = detail
  }
}

/** Trying again later may succeed. */
export class TransientFailure extends Failure {
  /** True when the call may have had its effect although no answer came: look it up before calling again. */
  readonly isOutcomeUnknown: boolean
  /** Which of the systems failed, when one did. */
  readonly system: System | undefined
  /** True when the system as a whole seems down (no connection, a gateway's error), not this call alone. */
  readonly outage: boolean

  constructor(
    code: FailureCode,
    options: FailureOptions & { isOutcomeUnknown?: boolean; system?: System; outage?: boolean } = {},
  ) {
    super(code, options)
    this.isOutcomeUnknown = options.isOutcomeUnknown ?? false
    this.system = options.system
    this.outage = options.outage ?? false
  }
}

/** Trying again cannot succeed until a person changes something. */
export class PermanentFailure extends Failure {}

/** Another change came between a read and the write that followed it. Nothing was written: reading again usually helps. */
export class ConflictFailure extends Failure {}

/** The other side said when to come back. No attempt is spent. */
export class ThrottledFailure extends Failure {
  readonly retryAfterMs: number
  /** `system`: everything sent to that system waits. `job`: this job alone waits. */
  readonly scope: 'system' | 'job'
  readonly system: System

  constructor(
    code: FailureCode,
    options: FailureOptions & { retryAfterMs: number; scope: 'system' | 'job'; system: System },
  ) {
    super(code, options)
    this.retryAfterMs = options.retryAfterMs
    this.scope = options.scope
    this.system = options.system
  }
}

/**
 * A system refuses Ponte's own credential. No record is wrong, and nothing gets through until a person changes
 * something. No attempt is spent.
 */
export class CredentialRefused extends Failure {
  readonly system: System
  /** `login`: the secrets were refused. `session`: the session or token that the system had just issued was refused. */
  readonly stage: 'login' | 'session'

  constructor(code: FailureCode, options: FailureOptions & { system: System; stage: 'login' | 'session' }) {
    super(code, options)
    this.system = options.system
    this.stage = options.stage
  }
}

function describe(code: FailureCode, context: FailureContext): string {
  const facts = Object.entries(context).map(([name, value]) => `${name}=${value}`)
  return facts.length === 0
    ? `${code}: ${failures[code].en.happened}`
    : `${code}: ${failures[code].en.happened} (${facts.join(', ')})`
}
