import { queueName, type QueueKind, type Tenant } from '@ponte/runtime'
import type { Queue } from 'bullmq'

/** A queue of a tenant, with both names. */
export interface QueueRef {
  readonly tenant: Tenant
  readonly kind: QueueKind
  readonly queue: Queue
}

/** The queue's whole name, as Bull Board shows it. */
export const queueNameOf = ({ tenant, kind }: QueueRef): string => queueName(tenant.name, kind)
