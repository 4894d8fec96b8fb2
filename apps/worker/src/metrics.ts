import { createMetrics } from '@ponte/runtime'
import { Counter, Histogram } from 'prom-client'

/** The worker's metrics. Labels are names of ours (tenant, event, code), never data. */
export function createWorkerMetrics() {
  const registry = createMetrics('worker')
  const registers = [registry]
  return {
    registry,
    jobs: new Counter({
      name: 'ponte_jobs_total',
      help: 'Runs of jobs by how they ended: done, skipped, failed, retrying, postponed.',
      labelNames: ['tenant', 'event', 'outcome', 'code'],
      registers,
    }),
    processing: new Histogram({
      name: 'ponte_job_processing_seconds',
      help: 'Time one run of a job took.',
      labelNames: ['tenant', 'event'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    endToEnd: new Histogram({
      name: 'ponte_event_latency_seconds',
      help: 'Time from the delivery of an event to its effect.',
      labelNames: ['tenant', 'event'],
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    }),
    calls: new Counter({
      name: 'ponte_api_calls_total',
      help: 'HTTP attempts by the status answered; `none` when there was no answer.',
      labelNames: ['tenant', 'system', 'status'],
      registers,
    }),
    rests: new Counter({
      name: 'ponte_rests_total',
      help: 'How often a system was left to rest.',
      labelNames: ['tenant', 'system', 'code'],
      registers,
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>
