import { collectDefaultMetrics, Registry } from 'prom-client'

/** One registry a process, with Node.js's own metrics. */
export function createMetrics(processName: string): Registry {
  const registry = new Registry()
  registry.setDefaultLabels({ process: processName })
  collectDefaultMetrics({ register: registry })
  return registry
}
