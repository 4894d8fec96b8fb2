import { isJobName } from '@ponte/contracts'
import { carrierOf, type Tracer, type TraceSpan } from '@ponte/runtime'
import type { Job } from 'bullmq'
import type { WorkerMetrics } from './metrics.ts'

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
