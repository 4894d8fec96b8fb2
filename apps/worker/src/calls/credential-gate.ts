import type { CredentialRefused, Failure, System } from '@ponte/contracts'
import type { CredentialStage, RefusalEffect } from '@ponte/state'
import { BreakerOpen, type BreakerChange } from './breaker-open.ts'
import type { Connection } from '../connections/connection.ts'

export interface CredentialGateOptions {
  readonly connection: Pick<Connection, 'refusals' | 'credentials'>
  readonly jobId: string
  /** What the job is about: the jobs of one record are one witness. */
  readonly subject: string
  readonly onBreakerChange: (change: BreakerChange) => void
}

/** What one job may do with the credentials of its tenant, and what it finds out about them. */
export function createCredentialGate({ connection, jobId, subject, onBreakerChange }: CredentialGateOptions) {
  const { refusals, credentials } = connection
  const verdicts = new WeakMap<Failure, RefusalEffect>()
  /** Systems that had refused the credential: what gets through there has to be told. */
  const troubled = new Set<System>()
  const probing = new Set<System>()

  async function ask(what: 'peek' | 'takeProbe', system: System): Promise<void> {
    const state = await refusals[what](system, { credential: credentials[system], jobId })
    if (!state.admitted) {
      // Jobs that all came back after the same pause would go to the same workers again, and not to those with the newer credential.
      const waitMs = state.superseded ? state.waitMs * (0.25 + Math.random()) : state.waitMs
      throw new BreakerOpen(system, waitMs, state.code, state.superseded)
    }
    if (!state.degraded) return
    troubled.add(system)
    if (what === 'takeProbe') probing.add(system)
  }

  return {
    /** Throws Resting while the system refuses the credential. */
    requireAccepted: (system: System): Promise<void> => ask('peek', system),

    /** The same, and the job becomes the probe: it is about to log in. */
    beforeLogin: (system: System): Promise<void> => ask('takeProbe', system),

    async onRefused(failure: CredentialRefused): Promise<void> {
      const { system, code, stage } = failure
      const verdict = await refusals.refuse(system, {
        credential: credentials[system],
        correlationKey: subject,
        code,
        stage,
      })
      verdicts.set(failure, verdict)
      if (verdict.kind === 'started' || verdict.kind === 'extended') {
        onBreakerChange({ system, kind: verdict.kind, waitMs: verdict.waitMs, failure })
      }
    },

    async onAccepted(system: System, stage: CredentialStage): Promise<void> {
      if (!troubled.has(system)) return
      const hasEnded = await refusals.succeed(system, {
        credential: credentials[system],
        correlationKey: subject,
        stage,
      })
      if (hasEnded) {
        troubled.delete(system)
        onBreakerChange({ system, kind: 'ended', waitMs: 0 })
      }
    },

    verdictOn: (failure: Failure): RefusalEffect | undefined => verdicts.get(failure),

    /** The run is over: a probe that found out nothing gives way to another. Never rejects. */
    async release(): Promise<void> {
      for (const system of probing) {
        await refusals.releaseProbe(system, { credential: credentials[system], jobId }).catch(() => undefined)
      }
    },
  }
}
