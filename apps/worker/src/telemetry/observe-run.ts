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
  /** Part of the trace that began with the delivery. */
  readonly span: TraceSpan
  readonly ended: (outcome: string, code?: string) => void
}

type RunOf = Pick<
  Job,
  'id' | 'name' | 'data' | 'timestamp' | 'processedOn' | 'attemptsMade' | 'attemptsStarted' | 'stacktrace' | 'opts'
>

/** Metrics and trace of one run of a job. Labels and attributes are names of ours and the job's id. */
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
 * A retry by hand sets the attempts back to none, and BullMQ does not keep when that was (6.7.0, reprocessJob): the time since the
 * event came would be days. What is left of the earlier failure is its stack.
 */
const isFirstRun = ({ attemptsStarted, stacktrace }: RunOf): boolean =>
  attemptsStarted <= 1 && (stacktrace ?? []).length === 0

/** Between the moment a worker could have taken the job and the moment one did. */
function waitedSeconds({ timestamp, processedOn = Date.now(), opts }: RunOf): number {
  return Math.max(0, processedOn - timestamp - (opts.delay ?? 0)) / 1000
}
