import { withDeadline } from '@ponte/runtime'
import { Gauge, type Registry } from 'prom-client'

/** Prometheus gives up after 10 s by default; a metric that comes too late is no metric. */
const SCRAPE_BUDGET_MS = 3000

/** A maker of gauges that are read when they are asked for. prom-client asks all at the same time: they share one reading. */
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

/** What Redis tells in time for a scrape; nothing when it fails or is late. Never rejects. */
export async function withinBudget<Value>(work: Promise<Value>): Promise<Value | undefined> {
  return await withDeadline(work, SCRAPE_BUDGET_MS).catch(() => undefined)
}
