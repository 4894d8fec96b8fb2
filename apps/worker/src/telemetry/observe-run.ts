import { isJobName, systemTable } from '@ponte/contracts'
import { carrierOf, type Tenant, type Tracer, type TraceSpan } from '@ponte/runtime'
import type { Job } from 'bullmq'
import type { WorkerMetrics } from './metrics.ts'
import type { HttpOutcome } from '@ponte/clients'
import type { FigureCounts } from '@ponte/state'

export interface RunObserverDeps {
  readonly tenant: string
  readonly metrics: WorkerMetrics
  readonly tracer: Tracer
}

export interface ObservedRun {
  /** Belongs to the trace that began with the delivery. */
  readonly span: TraceSpan
  readonly ended: (outcome: string, code?: string) => void
}

type RunOf = Pick<
  Job,
  'id' | 'name' | 'data' | 'timestamp' | 'processedOn' | 'attemptsMade' | 'attemptsStarted' | 'stacktrace' | 'opts'
>

/** Records one run of a job in metrics and trace. Labels and attributes hold Ponte's own names and the job's id, no personal data. */
export function observeRun(job: RunOf, { tenant, metrics, tracer }: RunObserverDeps): ObservedRun {
  const labels = { tenant, event: isJobName(job.name) ? job.name : 'unknown' }
  if (isFirstRun(job)) metrics.wait.observe(labels, waitedSeconds(job))
  const stopTimer = metrics.processing.startTimer(labels)
  const span = tracer.start(`job ${labels.event}`, {
    kind: 'consumer',
    parent: carrierOf(job.data),
    attributes: {
      'ponte.tenant': tenant,
      'ponte.event': labels.event,
      'ponte.job.id': job.id ?? '',
      'ponte.job.attempts': job.attemptsMade,
      'messaging.system': 'bullmq',
      'messaging.operation.type': 'process',
    },
  })
  return {
    span,
    ended(outcome, code = '') {
      stopTimer()
      metrics.jobs.inc({ ...labels, outcome, code })
      span.end({ error: code === '' ? undefined : code, attributes: { 'ponte.outcome': outcome } })
    },
  }
}

/**
 * A retry by a person resets the attempts, and BullMQ does not record when that was (6.7.0, reprocessJob). The time since the event
 * arrived could be days. Such a job is recognised by the stack trace of its earlier failure.
 */
const isFirstRun = ({ attemptsStarted, stacktrace }: RunOf): boolean =>
  attemptsStarted <= 1 && (stacktrace ?? []).length === 0

/** From the moment a worker could have taken the job until one did. */
function waitedSeconds({ timestamp, processedOn = Date.now(), opts }: RunOf): number {
  return Math.max(0, processedOn - timestamp - (opts.delay ?? 0)) / 1000
}

interface CallObserverDeps {
  readonly tenant: Tenant
  readonly metrics: WorkerMetrics
  readonly figures: Pick<FigureCounts, 'call'>
  readonly span: TraceSpan
}

/** Records one HTTP attempt in metrics, figures and trace. The path is already masked (`HttpCall.path`). */
export function observeCall(outcome: HttpOutcome, { tenant, metrics, figures, span }: CallObserverDeps): void {
  const { system, method, path, status, durationMs, failure, quota } = outcome
  metrics.calls.inc({ tenant: tenant.name, system, status: String(status ?? 'none') })
  metrics.callSeconds.observe({ tenant: tenant.name, system }, durationMs / 1000)
  if (quota !== undefined) metrics.countQuota(tenant.name, quota, tenant.settings.rdStation.callsPerMinute)
  const counted = systemTable[system].figure ?? quota
  if (counted !== undefined) figures.call(counted)
  const attributes = {
    'ponte.system': system,
    'http.request.method': method,
    'url.path': path,
    ...(status !== undefined && { 'http.response.status_code': status }),
  }
  const startedAt = Date.now() - durationMs
  span.child(`${method} ${system}`, { kind: 'client', attributes, startedAt }).end({ error: failure?.code })
}
