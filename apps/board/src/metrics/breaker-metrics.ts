import { type BreakerReason, systems } from '@ponte/contracts'
import { modeInUse, readBreakers } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { createTenantMode, type OpenBreaker, readDrift, readMemory } from '@ponte/state'
import type { Registry } from 'prom-client'
import { createGauges, type QueueMetricsOptions, withinBudget } from './queue-metrics.ts'

const reasons = ['down', 'throttled', 'revoked'] as const satisfies readonly BreakerReason[]

/**
 * Open circuit breakers, what vendors have changed, the modes of tenants, and the memory of Redis, read at each scrape. What Redis does
 * not answer in time is left out, so that no old value is taken for a new one.
 */
export function addBreakerMetrics(
  registry: Registry,
  { tenants, redis, budgetMs }: Pick<QueueMetricsOptions, 'tenants' | 'redis' | 'budgetMs'>,
): void {
  const gauge = createGauges(registry, read)
  const own = ['tenant', 'system']
  const open = gauge('ponte_circuit_breaker_open', '1 while the circuit breaker of a system is open for this reason.', [
    ...own,
    'reason',
  ])
  const openSeconds = gauge(
    'ponte_circuit_breaker_open_seconds',
    'How long the circuit breaker of a system has been open; 0 when it is closed.',
    own,
  )
  const secondsLeft = gauge(
    'ponte_circuit_breaker_next_probe_seconds',
    'Time until one job probes the system; 0 when the circuit breaker is closed.',
    own,
  )
  const drift = gauge('ponte_drift', '1 for what a vendor changed in an answer or a webhook.', [
    'tenant',
    'kind',
    'member',
    'what',
  ])
  const shadow = gauge('ponte_shadow', '1 while a tenant is in the shadow, where nothing is written; else 0.', [
    'tenant',
  ])
  const usedMemory = gauge(
    'ponte_redis_used_memory_bytes',
    'Memory that Redis uses; of a Cluster, its fullest primary.',
    [],
  )
  const maxMemory = gauge(
    'ponte_redis_max_memory_bytes',
    'Memory that Redis may use, or that primary; 0: all there is.',
    [],
  )

  async function read(): Promise<void> {
    for (const each of [open, openSeconds, secondsLeft, drift, shadow, usedMemory, maxMemory]) each.reset()
    // A gauge without labels comes back from `reset` as 0, which would be taken for a measurement.
    for (const each of [usedMemory, maxMemory]) each.set(Number.NaN)
    await Promise.all([...tenants.current().map(readTenant), setMemory()])
  }

  async function readTenant({ name: tenant, settings }: Tenant): Promise<void> {
    const [breakers, changes = [], record] = await Promise.all([
      withinBudget(readBreakers(redis, tenant, Date.now()), budgetMs),
      withinBudget(readDrift(redis, tenant, Date.now()), budgetMs),
      withinBudget(createTenantMode(redis, tenant).read(), budgetMs),
    ])
    if (record !== undefined) shadow.set({ tenant }, modeInUse(record, settings.mode) === 'shadow' ? 1 : 0)
    for (const { kind, member, what } of changes) drift.set({ tenant, kind, member, what }, 1)
    if (breakers === undefined) return
    for (const system of systems)
      show(
        { tenant, system },
        breakers.find(breaker => breaker.system === system),
      )
  }

  function show(labels: { tenant: string; system: string }, current: OpenBreaker | undefined): void {
    const now = Date.now()
    for (const reason of reasons) open.set({ ...labels, reason }, current?.reason === reason ? 1 : 0)
    openSeconds.set(labels, current === undefined ? 0 : Math.max(0, now - current.since) / 1000)
    secondsLeft.set(labels, current === undefined ? 0 : Math.max(0, current.until - now) / 1000)
  }

  async function setMemory(): Promise<void> {
    const fullest = await withinBudget(readMemory(redis), budgetMs)
    if (fullest === undefined) return
    usedMemory.set(fullest.used)
    maxMemory.set(fullest.max)
  }
}
