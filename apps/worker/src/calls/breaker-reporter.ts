import { destinations, type Failure, type System } from '@ponte/contracts'
import type { Logger, Tenant } from '@ponte/runtime'
import type { Connection } from './connection.ts'
import type { WorkerMetrics } from '../telemetry/metrics.ts'

/** The circuit breaker of a system opened, stays open longer, or closed. */
export interface BreakerChange {
  readonly system: System
  readonly kind: 'opened' | 'extended' | 'ended'
  readonly waitMs: number
  readonly failure?: Failure
}

interface BreakerReporterDeps {
  readonly connection: Pick<Connection, 'queues'>
  readonly metrics: Pick<WorkerMetrics, 'breakerOpened'>
  readonly log: Logger
  readonly onProgress: (queue: string) => void
}

/** One log line for each time that a circuit breaker opens or closes, not for each job. When it closes, the queues continue at once. */
export function createBreakerReporter({ connection: { queues }, metrics, log, onProgress }: BreakerReporterDeps) {
  return (tenant: Tenant, { system, kind, waitMs, failure }: BreakerChange): void => {
    for (const destination of destinations) onProgress(queues[destination].name)
    const facts = { tenant: tenant.name, system, code: failure?.code, seconds: Math.ceil(waitMs / 1000) }
    if (kind === 'opened') {
      metrics.breakerOpened.inc({ tenant: tenant.name, system, code: failure?.code ?? '' })
      log.warn(facts, 'a circuit breaker opened: jobs for the system wait and spend no attempts')
    } else if (kind === 'ended') {
      log.info({ tenant: tenant.name, system }, 'a circuit breaker closed: the system works again')
      for (const destination of destinations) void queues[destination].removeRateLimitKey().catch(() => undefined)
    } else log.debug(facts, 'a circuit breaker stays open')
  }
}
