import { type Failure, message, type Message, renderMessage, type System } from '@ponte/contracts'

/** The circuit breaker of a system opened, stays open longer, or closed. */
export interface BreakerChange {
  readonly system: System
  readonly kind: 'opened' | 'extended' | 'ended'
  readonly waitMs: number
  readonly failure?: Failure
}

/** Thrown instead of a call while the circuit breaker of its system is open. */
export class BreakerOpen extends Error {
  readonly reason: Message
  readonly system: System
  readonly waitMs: number
  /** Open only for this process: other workers have a newer credential. */
  readonly superseded: boolean

  constructor(system: System, waitMs: number, code: string, superseded = false) {
    const reason = message('system-paused', { system, code })
    super(renderMessage(reason, 'en'))
    this.reason = reason
    this.name = 'BreakerOpen'
    this.system = system
    this.waitMs = waitMs
    this.superseded = superseded
  }
}
