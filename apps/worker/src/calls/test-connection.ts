import { randomUUID } from 'node:crypto'
import { type CallGuard, filterOf } from '@ponte/clients'
import { Failure, type System } from '@ponte/contracts'
import type { Logger } from '@ponte/runtime'
import type { SelfTestResult } from '@ponte/state'
import { createQuietCallGuard, type JobCallGuardOptions } from './job-call-guard.ts'
import { RunInterrupted } from './job-delayed.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'
import type { Connection } from './connection.ts'

/** Somebody waits in front of a screen. */
const MAX_MS = 20_000
/** No contact has this address: looking it up changes nothing. */
const NOBODY = 'test@ponte.invalid'

export interface ConnectionTestDeps {
  readonly connection: Connection
  readonly metrics: WorkerMetrics
  readonly log: Logger
  readonly onBreakerChange: JobCallGuardOptions['onBreakerChange']
  /** Ends the test. */
  readonly closing: AbortSignal
}

/**
 * Makes one cheap call that changes nothing, as a job would: with the credentials, the session and the token of the workers, and within the
 * quota. The circuit breaker and a refused credential learn from it, so that the next job need not. Never rejects.
 */
export async function testConnection(
  system: System,
  { connection, metrics, log, onBreakerChange, closing }: ConnectionTestDeps,
): Promise<SelfTestResult> {
  const jobId = `test-${randomUUID()}`
  const calls = createQuietCallGuard(jobId, {
    ...{ connection, metrics, onBreakerChange },
    signal: AbortSignal.any([closing, AbortSignal.timeout(MAX_MS)]),
    areLocksHeld: () => true,
  })
  let durationMs: number | undefined
  const timed: CallGuard = {
    ...calls.guard,
    async after(outcome) {
      durationMs = Math.round(outcome.durationMs)
      await calls.guard.after(outcome)
    },
  }
  try {
    await callOnce[system](connection.clients(timed))
    return { ...(durationMs !== undefined && { durationMs }) }
  } catch (error) {
    if (error instanceof RunInterrupted) return { notCalled: true }
    if (error instanceof Failure) return { code: error.code }
    log.error({ err: error, tenant: connection.tenant.name, system }, 'a connection could not be tested')
    return { code: 'INTERNAL_ERROR' }
  } finally {
    await calls.releaseProbes()
  }
}

type Clients = ReturnType<Connection['clients']>

/** The call of each system. */
const callOnce: Readonly<Record<System, (clients: Clients) => Promise<void>>> = {
  async 'rd-station'({ rd }) {
    await rd.findContact({ email: NOBODY })
  },
  async 'totvs-crm'({ crm }) {
    const filter = filterOf({ field: 'externalId', op: 'eq', value: `rd:${randomUUID()}` })
    if (filter !== undefined) await crm.matchesOf('lead', filter)
  },
}
