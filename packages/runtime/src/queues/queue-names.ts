import { destinations } from '@ponte/contracts'

export const queueKinds = [...destinations, 'quarantine'] as const
export type QueueKind = (typeof queueKinds)[number]

/** `{tenant}.totvs-crm`, `{tenant}.rd-station`, `{tenant}.quarantine`. */
export const queueName = (tenant: string, kind: QueueKind): string => `${tenant}.${kind}`

/** A Redis Cluster hash tag: all keys of one tenant share a slot, and tenants are spread over the slots. */
export const queuePrefix = (tenant: string): string => `{${tenant}}`
