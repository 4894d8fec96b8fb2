import { withDeadline } from '@ponte/runtime'
import { Gauge, type Registry } from 'prom-client'

/** Prometheus gives up after 10 s by default; a metric that comes too late is no metric. */
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
export async function withinBudget<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return await withDeadline(work, SCRAPE_BUDGET_MS).catch(() => undefined)
}
