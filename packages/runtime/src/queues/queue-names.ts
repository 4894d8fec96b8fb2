import { destinations } from '@ponte/contracts'
import { QueueKeys } from 'bullmq'

export const queueKinds = [...destinations, 'quarantine'] as const
export type QueueKind = (typeof queueKinds)[number]

/** How long a repeat of an event is recognised (docs/behaviour/deliveries.md#event-keys). */
export const DEDUPLICATION_MS = 7 * 24 * 3600 * 1000

/** `{tenant}.totvs-crm`, `{tenant}.rd-station`, `{tenant}.quarantine`. */
export const queueName = (tenant: string, kind: QueueKind): string => `${tenant}.${kind}`

/** A Redis Cluster hash tag: all keys of one tenant share a slot, and tenants are spread over the slots. */
export const queuePrefix = (tenant: string): string => `{${tenant}}`

/** Beside its jobs a queue has keys of its own: `<queue>:failed`, `<queue>:events`, … */
const ownKeys: ReadonlySet<string> = new Set(Object.keys(new QueueKeys('').getKeys('')))
const LONGEST = 200

/**
 * Can a job have this id? What people type and what an address names may be anything. BullMQ reads a job from the key `<queue>:<id>`: for
 * `failed` it finds the list of all failed jobs, and Redis refuses to read that as a job.
 */
export const isJobId = (id: string): boolean =>
  id !== '' && id.length <= LONGEST && !id.includes(':') && !ownKeys.has(id)
