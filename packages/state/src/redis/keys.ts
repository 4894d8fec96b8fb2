import { hash } from 'node:crypto'
import { SHORT_ID_CHARACTERS } from '@ponte/contracts'

/** A key of Ponte's own, in the tenant's Redis Cluster slot (BullMQ's keys have the same hash tag). */
export const stateKey = (tenant: string, ...parts: readonly string[]): string => `{${tenant}}:ponte:${parts.join(':')}`

/** How many jobs wait in a queue, and their bytes: added with a job (`add-jobs.lua`), taken off with its end (`timeline.lua`). */
export const waitingKey = (tenant: string, queue: string): string => stateKey(tenant, 'waiting', queue)

/** Which job has an update of an opportunity. */
export const updateKey = (tenant: string, eventKey: string): string => stateKey(tenant, 'update', eventKey)

/** The queue that a key of BullMQ belongs to: `{tenant}:tenant.queue:…`. */
export const queueOfKey = (tenant: string, key: string): string => key.split(':')[1]?.slice(tenant.length + 1) ?? ''

/** A short hash of a text that cannot be guessed, such as a token or the key of an event. Never use it for a person: see fingerprint.ts. */
export const unkeyedHash = (unguessable: string): string =>
  shortDigest(hash('sha256', unguessable.trim().toLowerCase(), 'base64url'))

/** The beginning of a hash in base64url. Keys hold several of them. */
export const shortDigest = (digest: string): string => digest.slice(0, SHORT_ID_CHARACTERS)
