import { createHash, randomUUID } from 'node:crypto'
import { type DeliveredEvent, jobs, type QuarantinedDelivery } from '@ponte/contracts'
import { DEDUPLICATION_MS, jobOptions, quarantineOptions, type TenantQueues } from './queues.ts'
import type { Tenant } from './tenants.ts'

export interface Enqueued {
  readonly outcome: 'accepted' | 'duplicate'
  /** The job that has it: of a duplicate, the job of its first delivery. */
  readonly jobId: string
}

export interface EventEnvelope {
  /** ISO 8601, when the ingress received the delivery. */
  readonly receivedAt: string
  /** W3C trace context of the delivery. */
  readonly trace?: Record<string, string>
}

/**
 * Puts an event into its queue. Resolves only when Redis has confirmed; rejects when it has not (the event may have arrived
 * all the same: a repeat is then a duplicate). The key is remembered in the same atomic step as the job, so that no crash
 * between the two can turn an honest repeat into a duplicate of nothing.
 */
export async function enqueueEvent(
  queues: TenantQueues,
  tenant: Tenant,
  { name, ...event }: DeliveredEvent,
  envelope: EventEnvelope,
): Promise<Enqueued> {
  const jobId = `${name.replace('.', '-')}-${randomUUID()}`
  const data = { v: 1, ...envelope, ...event }
  const job = await queues[jobs[name].destination].add(name, data, {
    ...jobOptions(tenant.settings.retry),
    jobId,
    deduplication: { id: event.key, ttl: DEDUPLICATION_MS },
  })
  return enqueued(job.id, jobId)
}

/** Puts a delivery that cannot be read into quarantine; the worker reads it once more and records why it failed. */
export async function quarantineDelivery(queues: TenantQueues, delivery: QuarantinedDelivery): Promise<Enqueued> {
  const jobId = `delivery-${randomUUID()}`
  const digest = createHash('sha256')
    .update(`${delivery.source} ${delivery.intent ?? ''} ${delivery.body}`)
    .digest('hex')
  const job = await queues.quarantine.add('delivery', delivery, {
    ...quarantineOptions,
    jobId,
    deduplication: { id: digest, ttl: DEDUPLICATION_MS },
  })
  return enqueued(job.id, jobId)
}

const enqueued = (found: string | undefined, jobId: string): Enqueued => ({
  outcome: found === jobId ? 'accepted' : 'duplicate',
  jobId: found ?? jobId,
})
