import type { Tenant } from '@ponte/runtime'
import { readOpenBreakers, type OpenBreaker, type OpenReason } from '@ponte/state'
import type { Redis } from 'ioredis'
import type { Registry } from 'prom-client'
import { createGauges, withinBudget } from './scrape.ts'

const systems = ['totvs-crm', 'rd-station'] as const
const reasons = ['down', 'throttled', 'revoked'] as const satisfies readonly OpenReason[]

/**
 * What rests and how full Redis is, read when they are asked for. What Redis does not tell in time is left out, so that no old
 * value is taken for a new one.
 */
export function addBreakerMetrics(
  registry: Registry,
  { tenants, redis }: { readonly tenants: readonly Tenant[]; readonly redis: Redis },
): void {
  const gauge = createGauges(registry, read)
  const own = ['tenant', 'system']
  const resting = gauge('ponte_circuit_breaker_open', '1 while a system rests for this reason.', [...own, 'reason'])
  const restSeconds = gauge(
    'ponte_circuit_breaker_open_seconds',
    'How long a system has been resting; 0: it does not rest.',
    own,
  )
  const secondsLeft = gauge(
    'ponte_circuit_breaker_next_probe_seconds',
    'Until the rest ends or one job probes the system.',
    own,
  )
  const usedMemory = gauge('ponte_redis_used_memory_bytes', 'Memory that Redis uses.', [])
  const maxMemory = gauge('ponte_redis_max_memory_bytes', 'Memory that Redis may use; 0: all there is.', [])

  async function read(): Promise<void> {
    for (const each of [resting, restSeconds, secondsLeft, usedMemory, maxMemory]) each.reset()
    // A gauge without labels comes back from `reset` as 0, which would be taken for a measurement.
    for (const each of [usedMemory, maxMemory]) each.set(Number.NaN)
    await Promise.all([...tenants.map(({ name }) => readTenant(name)), readMemory()])
  }

  async function readTenant(tenant: string): Promise<void> {
    const rests = await withinBudget(readOpenBreakers(redis, tenant))
    if (rests === undefined) return
    for (const system of systems)
      show(
        { tenant, system },
        rests.find(rest => rest.system === system),
      )
  }

  function show(labels: { tenant: string; system: string }, rest: OpenBreaker | undefined): void {
    const now = Date.now()
    const isOver = rest?.reason === 'throttled' && rest.until <= now
    const current = isOver ? undefined : rest
    for (const reason of reasons) resting.set({ ...labels, reason }, current?.reason === reason ? 1 : 0)
    restSeconds.set(labels, current === undefined ? 0 : Math.max(0, now - current.since) / 1000)
    secondsLeft.set(labels, current === undefined ? 0 : Math.max(0, current.until - now) / 1000)
  }

  async function readMemory(): Promise<void> {
    const info = (await withinBudget(redis.info('memory'))) ?? ''
    const used = /^used_memory:(\d+)/m.exec(info)?.[1]
    const max = /^maxmemory:(\d+)/m.exec(info)?.[1]
    if (used !== undefined) usedMemory.set(Number(used))
    if (max !== undefined) maxMemory.set(Number(max))
  }
}
