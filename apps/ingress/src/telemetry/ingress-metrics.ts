import { countReplicasMissing, createMetrics } from '@ponte/runtime'
import { Counter, Histogram } from 'prom-client'
import type { Acceptance } from '../http/acceptance.ts'
import type { System } from '@ponte/contracts'

interface AnsweredDelivery {
  readonly source: System
  /** Undefined for an unknown tenant: labels never contain text that a sender chose. */
  readonly tenant: string | undefined
  readonly status: number
  readonly milliseconds: number
}

/** The metrics of the ingress; its ops server exposes the registry. */
export function createIngressMetrics() {
  const registry = createMetrics('ingress')
  const registers = [registry]
  const events = new Counter({
    name: 'ponte_ingress_events_total',
    help: 'Parts of authentic deliveries by outcome. The label event is empty for quarantined and ignored parts.',
    ...{ labelNames: ['tenant', 'source', 'event', 'outcome'], registers },
  })
  const deliveries = new Counter({
    name: 'ponte_ingress_deliveries_total',
    help: 'Authentic deliveries that Redis has confirmed.',
    ...{ labelNames: ['tenant', 'source'], registers },
  })
  const quarantine = new Counter({
    name: 'ponte_ingress_quarantined_total',
    help: 'Unreadable parts of authentic deliveries, by failure code.',
    ...{ labelNames: ['tenant', 'source', 'code'], registers },
  })
  const refusals = new Counter({
    name: 'ponte_ingress_refusals_total',
    help: 'Refused deliveries. The label tenant is empty if the URL names no tenant.',
    ...{ labelNames: ['tenant', 'source', 'status'], registers },
  })
  const seconds = new Histogram({
    name: 'ponte_ingress_answer_seconds',
    help: 'Time from the headers of a delivery to the end of its answer.',
    labelNames: ['source'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  })
  return {
    registry,
    replicasMissing: countReplicasMissing(registry),
    countEvents(
      tenant: string,
      source: System,
      { accepted, duplicates, quarantined, ignored }: Acceptance,
      { isConfirmed }: { readonly isConfirmed: boolean },
    ): void {
      const own = { tenant, source }
      if (isConfirmed) deliveries.inc(own)
      for (const { event } of accepted) events.inc({ ...own, event, outcome: 'accepted' })
      for (const { event } of duplicates) events.inc({ ...own, event, outcome: 'duplicate' })
      for (const { code } of quarantined) {
        events.inc({ ...own, event: '', outcome: 'quarantined' })
        quarantine.inc({ ...own, code })
      }
      if (ignored.length > 0) events.inc({ ...own, event: '', outcome: 'ignored' }, ignored.length)
    },
    observeAnswer({ source, tenant = '', status, milliseconds }: AnsweredDelivery): void {
      seconds.observe({ source }, milliseconds / 1000)
      if (status >= 400) refusals.inc({ tenant, source, status })
    },
  }
}

export type IngressMetrics = ReturnType<typeof createIngressMetrics>
