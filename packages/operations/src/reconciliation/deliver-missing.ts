import { type DeliveredEvent, identitiesOfJob, type QuarantinedDelivery } from '@ponte/contracts'
import { enqueueEvent, quarantineDelivery, QuarantineFullError, type Tenant, type TenantQueues } from '@ponte/runtime'
import type { Timelines } from '@ponte/state'

/** BullMQ starts jobs without a priority first, and then those with the lowest number. */
const PRIORITY = 5

export interface Delivering {
  readonly tenant: Tenant
  readonly queues: TenantQueues
  readonly timelines: Pick<Timelines, 'begin'>
}

/**
 * Puts an event that was missed into its queue, behind all live events, and begins its timeline. Does nothing when it is a duplicate,
 * because its webhook or another reconcile was faster. True: it is there.
 */
export async function deliverMissing(
  event: DeliveredEvent,
  { tenant, queues, timelines }: Delivering,
): Promise<boolean> {
  const receivedAt = new Date().toISOString()
  const { outcome, jobId } = await enqueueEvent(queues, tenant, event, { receivedAt }, { priority: PRIORITY })
  if (outcome === 'duplicate') return true
  const of = { event: event.name, key: event.key, receivedAt, jobId, identities: identitiesOfJob(event) }
  // The event is safe. A timeline that cannot be written must not fail it.
  await timelines.begin(of).catch(() => undefined)
  return true
}

/** Keeps what was missed and cannot be read in quarantine, as the ingress does. False when the quarantine is full. */
export const quarantineMissing = async (
  body: unknown,
  { tenant, queues }: Pick<Delivering, 'tenant' | 'queues'>,
): Promise<boolean> => {
  const delivery: QuarantinedDelivery = {
    v: 1,
    receivedAt: new Date().toISOString(),
    source: 'rd-station',
    body: JSON.stringify(body),
    encoding: 'utf8',
    form: false,
  }
  try {
    await quarantineDelivery(queues, tenant, delivery)
    return true
  } catch (error) {
    if (error instanceof QuarantineFullError) return false
    throw error
  }
}
