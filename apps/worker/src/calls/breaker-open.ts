import { type Failure, say, type System } from '@ponte/contracts'

export interface BreakerChange {
  readonly system: System
  readonly kind: 'started' | 'extended' | 'ended'
  readonly waitMs: number
  readonly failure?: Failure
}

/** A system that this job needs is resting. */
export class BreakerOpen extends Error {
  readonly system: System
  readonly waitMs: number
  /** Only for this process: others have a newer credential. */
  readonly superseded: boolean

  constructor(system: System, waitMs: number, code: string, superseded = false) {
    super(say('{system} is resting ({code})', { system, code }))
    this.name = 'Resting'
    this.system = system
    this.waitMs = waitMs
    this.superseded = superseded
  }
}
