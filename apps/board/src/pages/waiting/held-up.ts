import { readQueueStatus, type QueueStatus } from '@ponte/operations'
import type { WaitingQueue, WaitingTenant } from './reader.ts'

/** How a queue stands; undefined when Redis did not answer. */
export const statusOf = (
  { queueRef, state }: WaitingQueue,
  { breakers }: WaitingTenant,
  { limitMs }: { readonly limitMs: number },
): QueueStatus | undefined => state && readQueueStatus(queueRef.kind, state, { breakers, limitMs })

/** Is there no worker at all? Then the page says so once, not for every queue. */
export const isWithoutWorkers = (tenants: readonly WaitingTenant[]): boolean => {
  const states = tenants.flatMap(({ queues }) => queues.flatMap(({ state }) => (state === undefined ? [] : [state])))
  return states.length > 0 && states.every(({ workers }) => workers === 0)
}

/** The queues of a tenant that are held up. Failures alone do not count. Without any worker, only queues with something to do count. */
export function heldUpQueues(
  tenant: WaitingTenant,
  { limitMs, withoutWorkers }: { readonly limitMs: number; readonly withoutWorkers: boolean },
): readonly WaitingQueue[] {
  return tenant.queues.filter(queue => {
    const condition = statusOf(queue, tenant, { limitMs })?.condition
    if (condition === 'noWorkers' && withoutWorkers) return (queue.state?.snapshot.startable ?? 0) > 0
    return condition !== 'fine' && condition !== 'failures'
  })
}
