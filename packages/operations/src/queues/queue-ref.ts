import { queueKinds, queueName, type QueueKind, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'

export interface QueueRef {
  readonly tenant: Tenant
  readonly kind: QueueKind
  readonly queue: Queue
}

/** The queue's whole name, as Bull Board shows it. */
export const queueNameOf = ({ tenant, kind }: QueueRef): string => queueName(tenant.name, kind)

/** The tenant and the kind of a whole name: of `acme.totvs-crm`. Undefined for a name that no queue of Ponte's can have. */
export function splitQueueName(name: string): { readonly tenant: string; readonly kind: QueueKind } | undefined {
  const kind = queueKinds.find(each => name.endsWith(`.${each}`))
  return kind && { tenant: name.slice(0, -kind.length - 1), kind }
}
