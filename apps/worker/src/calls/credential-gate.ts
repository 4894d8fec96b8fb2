import type { CredentialRefused, Failure, System } from '@ponte/contracts'
import type { CredentialStage, RefusalEffect } from '@ponte/state'
import type { Connection } from './connection.ts'
import { BreakerOpen } from './job-delayed.ts'
import type { BreakerChange } from './breaker-reporter.ts'

export interface CredentialGateOptions {
  readonly connection: Pick<Connection, 'health' | 'refusals' | 'credentials'>
  readonly jobId: string
  /** What the job is about (`correlationKeyOf`). */
  readonly correlationKey: () => string
  readonly onBreakerChange: (change: BreakerChange) => void
}

/**
 * Keeps one job from logging in with a credential that the system refuses, and reports what the job learns about it
 * (docs/behaviour.md#refused-credentials).
 */
export function createCredentialGate({ connection, jobId, correlationKey, onBreakerChange }: CredentialGateOptions) {
  const { health, refusals, credentials } = connection
  const effects = new WeakMap<Failure, RefusalEffect>()
  /** Systems that have refused the credential before. A success there must be reported. */
  const degraded = new Set<System>()
  const probing = new Set<System>()

  async function requireAdmission(how: 'peek' | 'takeProbe', system: System): Promise<void> {
    const state = await refusals[how](system, { credential: credentials[system], jobId })
    if (!state.admitted) {
      // Random, because jobs that come back together would go to the same workers, not to those with the newer credential.
      const waitMs = state.superseded ? state.waitMs * (0.25 + Math.random()) : state.waitMs
      throw new BreakerOpen(system, waitMs, state.code, state.superseded)
    }
    if (!state.degraded) return
    degraded.add(system)
    if (how === 'takeProbe') probing.add(system)
  }

  return {
    /** Throws BreakerOpen while the system refuses the credential. */
    requireAccepted: (system: System): Promise<void> => requireAdmission('peek', system),

    /** Like `requireAccepted`, and makes the job the probe, because it is about to log in. */
    beforeLogin: (system: System): Promise<void> => requireAdmission('takeProbe', system),

    async onRefused(failure: CredentialRefused): Promise<void> {
      const { system, code, stage } = failure
      health.invalidate(system)
      const refused = { credential: credentials[system], correlationKey: correlationKey(), code, stage }
      const effect = await refusals.refuse(system, refused).finally(() => health.invalidate(system))
      effects.set(failure, effect)
      if (effect.kind === 'opened' || effect.kind === 'extended') {
        onBreakerChange({ system, kind: effect.kind, waitMs: effect.waitMs, failure })
      }
    },

    async onAccepted(system: System, stage: CredentialStage): Promise<void> {
      if (!degraded.has(system)) return
      const accepted = { credential: credentials[system], correlationKey: correlationKey(), stage }
      const hasEnded = await refusals.succeed(system, accepted)
      if (hasEnded) {
        degraded.delete(system)
        onBreakerChange({ system, kind: 'ended', waitMs: 0 })
      }
    },

    effectOf: (failure: Failure): RefusalEffect | undefined => effects.get(failure),

    /** Call when the run is over, so that another job may probe what this one has not found out. Never rejects. */
    async releaseProbes(): Promise<void> {
      for (const system of probing) {
        await refusals.releaseProbe(system, { credential: credentials[system], jobId }).catch(() => undefined)
      }
    },
  }
}
