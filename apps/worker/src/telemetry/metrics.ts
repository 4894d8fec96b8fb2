import { countReplicasMissing, createMetrics } from '@ponte/runtime'
import { Counter, Gauge, Histogram } from 'prom-client'
import type { HttpOutcome } from '@ponte/clients'

const WINDOW_MS = 60_000

type Quota = NonNullable<HttpOutcome['quota']>

/** How many calls this process made in the last minute, for each quota of each tenant. Remembers only the calls of that minute. */
export function createQuotaUse(now: () => number = () => performance.now()) {
  const used = new Map<string, { tenant: string; quota: Quota; callsPerMinute: number; times: number[] }>()
  const forgetOld = (times: number[]): void => {
    const firstKept = times.findIndex(time => time > now() - WINDOW_MS)
    times.splice(0, firstKept < 0 ? times.length : firstKept)
  }
  return {
    count(tenant: string, quota: Quota, callsPerMinute: number): void {
      const key = `${tenant} ${quota}`
      const times = used.get(key)?.times ?? []
      // The quota of now: the tenants file may have changed it.
      used.set(key, { tenant, quota, callsPerMinute, times })
      times.push(now())
      forgetOld(times)
    },
    /** The share of each quota that this process used in the last minute. */
    shares: () =>
      [...used.values()].map(({ tenant, quota, callsPerMinute, times }) => {
        forgetOld(times)
        return { tenant, quota, share: times.length / callsPerMinute }
      }),
  }
}

/** The worker's metrics (docs/metrics.md). Labels hold Ponte's own names (tenant, event, code), never data. */
export function createWorkerMetrics() {
  const registry = createMetrics('worker')
  const registers = [registry]
  const quotaUse = createQuotaUse()
  new Gauge({
    name: 'ponte_rd_quota_used_ratio',
    help: "Share of an RD Station quota that this worker's calls used in the last minute. Sum it over all workers.",
    labelNames: ['tenant', 'quota'],
    registers,
    collect() {
      for (const { tenant, quota, share } of quotaUse.shares()) this.set({ tenant, quota }, share)
    },
  })
  return {
    registry,
    countQuota: quotaUse.count,
    replicasMissing: countReplicasMissing(registry),
    wait: new Histogram({
      name: 'ponte_job_wait_seconds',
      help: 'Time from when a job could run until its first run.',
      labelNames: ['tenant', 'event'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    }),
    jobs: new Counter({
      name: 'ponte_jobs_total',
      help: 'Runs of jobs by outcome: done, skipped, failed, retrying, delayed.',
      labelNames: ['tenant', 'event', 'outcome', 'code'],
      registers,
    }),
    processing: new Histogram({
      name: 'ponte_job_processing_seconds',
      help: 'Duration of one run of a job.',
      labelNames: ['tenant', 'event'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    endToEnd: new Histogram({
      name: 'ponte_event_latency_seconds',
      help: 'Time from the delivery of an event until it has been processed.',
      labelNames: ['tenant', 'event'],
      buckets: [0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200],
      registers,
    }),
    calls: new Counter({
      name: 'ponte_api_calls_total',
      help: 'HTTP attempts by status of the answer; none: there was no answer.',
      labelNames: ['tenant', 'system', 'status'],
      registers,
    }),
    callSeconds: new Histogram({
      name: 'ponte_api_call_seconds',
      help: 'Duration of one HTTP attempt, answered or not.',
      labelNames: ['tenant', 'system'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
      registers,
    }),
    leadRules: new Counter({
      name: 'ponte_lead_rules_total',
      help: "What a tenant's rules did to leads, by kind (filter, route, field), name of the rule and outcome.",
      labelNames: ['tenant', 'kind', 'rule', 'outcome'],
      registers,
    }),
    defaultUserLeads: new Counter({
      name: 'ponte_default_user_leads_total',
      help: 'Leads that were created with the default user because no other user could be responsible, by reason.',
      labelNames: ['tenant', 'reason'],
      registers,
    }),
    alerts: new Counter({
      name: 'ponte_alerts_total',
      help: 'Alert messages by channel (webhook, email), kind, notice (started, ended) and outcome (sent, failed).',
      labelNames: ['tenant', 'channel', 'kind', 'notice', 'outcome'],
      registers,
    }),
    summaries: new Counter({
      name: 'ponte_summaries_total',
      help: 'Weekly summaries by channel (webhook, email) and outcome (sent, failed).',
      labelNames: ['tenant', 'channel', 'outcome'],
      registers,
    }),
    reconciles: new Counter({
      name: 'ponte_reconciles_total',
      help: 'Scheduled reconciles by outcome: done, unclear (a list could not be read, or a person has to decide), not-asked.',
      labelNames: ['tenant', 'outcome'],
      registers,
    }),
    reconcileMissing: new Counter({
      name: 'ponte_reconcile_missing_total',
      help: 'Events that scheduled reconciles found to be missing.',
      labelNames: ['tenant'],
      registers,
    }),
    breakerOpened: new Counter({
      name: 'ponte_circuit_breaker_opened_total',
      help: 'How often the circuit breaker of a system opened.',
      labelNames: ['tenant', 'system', 'code'],
      registers,
    }),
  }
}

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>
