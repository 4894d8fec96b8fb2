import { createHash } from 'node:crypto'

/** A key of Ponte's own, in the tenant's Redis Cluster slot (BullMQ's keys have the same hash tag). */
export const stateKey = (tenant: string, ...parts: readonly string[]): string => `{${tenant}}:ponte:${parts.join(':')}`

/** A short form of what cannot be guessed, such as a token or the key of an event. Never of a person: see fingerprint.ts. */
export const unkeyedHash = (unguessable: string): string =>
  createHash('sha256').update(unguessable.trim().toLowerCase()).digest('hex').slice(0, 32)
