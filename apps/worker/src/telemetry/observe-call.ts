import type { HttpOutcome } from '@ponte/clients'
import type { Tenant, TraceSpan } from '@ponte/runtime'
import type { FigureCounts } from '@ponte/state'
import type { WorkerMetrics } from './metrics.ts'

export interface CallObserverDeps {
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
  const counted = system === 'totvs-crm' ? 'crm' : quota
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
