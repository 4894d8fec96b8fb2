import { createMetrics } from '@ponte/runtime'
import { Counter, Gauge, Histogram } from 'prom-client'
import { createQuotaUse } from './quota-use.ts'

/** The worker's metrics. Labels are names of ours (tenant, event, code), never data. */
export function createWorkerMetrics() {
  const registry = createMetrics('worker')
  const registers = [registry]
  const quotaUse = createQuotaUse()
  new Gauge({
    name: 'ponte_rd_quota_used_ratio',
    help: "Share of an RD Station quota that this worker's calls used in the last minute; the sum over the workers counts.",
    labelNames: ['tenant', 'budget'],
    registers,
    collect() {
      for (const { tenant, budget, share } of quotaUse.shares()) this.set({ tenant, budget }, share)
    },
  })
  return {
    registry,
    countQuota: quotaUse.count,
    wait: new Histogram({
      name: 'ponte_job_wait_seconds',
      help: 'Time from the moment a job could run to its first run.',
      labelNames: ['tenant', 'event'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    }),
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
    callSeconds: new Histogram({
      name: 'ponte_api_call_seconds',
      help: 'Time one HTTP attempt took, answered or not.',
      labelNames: ['tenant', 'system'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    alerts: new Counter({
      name: 'ponte_alerts_total',
      help: 'Messages about episodes by channel (webhook, email), kind, what they tell (started, ended) and outcome (sent, failed).',
      labelNames: ['tenant', 'channel', 'kind', 'tells', 'outcome'],
      registers,
    }),
    rests: new Counter({
      name: 'ponte_circuit_breaker_opened_total',
      help: 'How often a system was left to rest.',
      labelNames: ['tenant', 'system', 'code'],
      registers,
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>
