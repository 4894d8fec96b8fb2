import { withDeadline } from '@ponte/state'
import type { RedisClient } from '@ponte/state'
import {
  createMetrics,
  type LiveTenants,
  quarantineLimits,
  type QueueKind,
  queueKinds,
  type Queues,
  type Tenant,
} from '@ponte/runtime'
import { Gauge, type Registry } from 'prom-client'
import { type QueueSnapshot, readQueueSnapshot } from '@ponte/operations'

/** Prometheus stops waiting after 10 s by default, so the reading must end well before. */
const SCRAPE_BUDGET_MS = 3000

/** Makes gauges that are read at each scrape. prom-client asks all of them at the same time, so they share one reading. */
export function createGauges(registry: Registry, read: () => Promise<void>) {
  let reading: Promise<void> | undefined
  return (name: string, help: string, labelNames: readonly string[]): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: () => (reading ??= read().finally(() => (reading = undefined))),
    })
}

/** What Redis answers in time for a scrape; undefined when it fails or is late. Never rejects. */
export async function withinBudget<Value>(
  work: Promise<Value>,
  budgetMs = SCRAPE_BUDGET_MS,
): Promise<Value | undefined> {
  return await withDeadline(work, budgetMs).catch(() => undefined)
}

export interface QueueMetricsOptions {
  readonly tenants: Pick<LiveTenants, 'current'>
  readonly queues: Queues
  readonly redis: RedisClient
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** How long a scrape waits for Redis, in milliseconds. */
  readonly budgetMs?: number
}

/**
 * Depth and age of every queue, read when they are asked for. A queue that does not answer in time is left out, so that no old
 * value is taken for a new one; `ponte_queue_readable` says which.
 */
export function createBoardMetrics({
  tenants,
  queues,
  redis,
  now = Date.now,
  budgetMs,
}: QueueMetricsOptions): Registry {
  const registry = createMetrics('board')
  const gauge = createGauges(registry, read)
  const own = ['tenant', 'queue']
  const jobs = gauge('ponte_queue_jobs', 'Jobs of a queue by state.', [...own, 'state'])
  const ages = gauge(
    'ponte_queue_oldest_seconds',
    'How long the oldest event waits since it could run; since a delayed one came or last ran; since the first active job was started.',
    [...own, 'state'],
  )
  const paused = gauge('ponte_queue_paused', '1 when the queue is paused.', own)
  const readable = gauge('ponte_queue_readable', '0 when Redis did not tell about the queue in time.', own)

  const kept = gauge('ponte_quarantine_deliveries', 'Deliveries in quarantine that count towards its limit.', [
    'tenant',
  ])
  const keptBytes = gauge('ponte_quarantine_bytes', 'Bytes of the deliveries in quarantine.', ['tenant'])
  const used = gauge('ponte_quarantine_used_ratio', 'Share of the limit of deliveries or of bytes, the larger.', [
    'tenant',
  ])

  async function read(): Promise<void> {
    for (const each of [jobs, ages, paused, readable, kept, keptBytes, used]) each.reset()
    const one = async (of: Tenant, kind: QueueKind): Promise<void> => {
      const [tenant, queue] = [of.name, kind]
      const queueRef = { tenant: of, kind, queue: queues.of(tenant)[kind] }
      const snapshot = await withinBudget(readQueueSnapshot(redis, queueRef, { now: now() }), budgetMs)
      readable.set({ tenant, queue }, snapshot === undefined ? 0 : 1)
      if (snapshot !== undefined) show({ tenant, queue }, snapshot)
    }
    await Promise.all([
      ...tenants.current().flatMap(tenant => queueKinds.map(kind => one(tenant, kind))),
      ...tenants.current().map(readQuarantine),
    ])
  }

  async function readQuarantine(of: Tenant): Promise<void> {
    const tenant = of.name
    const use = await withinBudget(queues.of(tenant).quarantineSize.use(quarantineLimits(of)), budgetMs)
    if (use === undefined) return
    kept.set({ tenant }, use.deliveries)
    keptBytes.set({ tenant }, use.bytes)
    used.set({ tenant }, use.share)
  }

  function show(labels: { tenant: string; queue: string }, snapshot: QueueSnapshot): void {
    for (const [state, count] of Object.entries(snapshot.counts)) jobs.set({ ...labels, state }, count)
    paused.set(labels, snapshot.paused ? 1 : 0)
    const byState = {
      waiting: snapshot.oldestWaitingMs,
      delayed: snapshot.oldestDelayedMs,
      active: snapshot.longestActiveMs,
    }
    for (const [state, ageMs] of Object.entries(byState)) ages.set({ ...labels, state }, (ageMs ?? 0) / 1000)
  }
  return registry
}
