import { createMetrics, type QueueKind, queueKinds, type Queues, type Tenant } from '@ponte/runtime'
import { Gauge, type Registry } from 'prom-client'
import { type QueueSnapshot, readQueueSnapshot } from './queue-snapshot.ts'

/** Prometheus gives up after 10 s by default; a metric that comes too late is no metric. */
const SCRAPE_BUDGET_MS = 3000

export interface QueueMetricsOptions {
  readonly tenants: readonly Tenant[]
  readonly queues: Queues
}

/**
 * Depth and age of every queue, read when they are asked for. A queue that does not answer in time is left out, so that no old
 * value is taken for a new one; `ponte_queue_readable` says which.
 */
export function createBoardMetrics({ tenants, queues }: QueueMetricsOptions): Registry {
  const registry = createMetrics('board')
  // prom-client asks every gauge at the same time: they share one reading.
  let reading: Promise<void> | undefined
  const gauge = (name: string, help: string, labelNames: readonly string[]): Gauge =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: () => (reading ??= read().finally(() => (reading = undefined))),
    })
  const own = ['tenant', 'queue']
  const jobs = gauge('ponte_queue_jobs', 'Jobs of a queue by state.', [...own, 'state'])
  const ages = gauge(
    'ponte_queue_oldest_seconds',
    'Age of the oldest event that waits or is delayed; time since the first active job was started.',
    [...own, 'state'],
  )
  const paused = gauge('ponte_queue_paused', '1 when the queue is paused.', own)
  const readable = gauge('ponte_queue_readable', '0 when Redis did not tell about the queue in time.', own)

  async function read(): Promise<void> {
    for (const each of [jobs, ages, paused, readable]) each.reset()
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => late.resolve(undefined), SCRAPE_BUDGET_MS)
    const one = async (tenant: string, queue: QueueKind): Promise<void> => {
      const found = queues.of(tenant)?.[queue]
      if (found === undefined) return
      const snapshot = await Promise.race([readQueueSnapshot(found, Date.now()).catch(() => undefined), late.promise])
      readable.set({ tenant, queue }, snapshot === undefined ? 0 : 1)
      if (snapshot !== undefined) show({ tenant, queue }, snapshot)
    }
    await Promise.all(tenants.flatMap(({ name }) => queueKinds.map(kind => one(name, kind))))
    clearTimeout(timer)
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
