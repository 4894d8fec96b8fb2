import { createHash } from 'node:crypto'

/** A key of Ponte's own, in the tenant's Redis Cluster slot (BullMQ's keys have the same hash tag). */
export const stateKey = (tenant: string, ...parts: readonly string[]): string => `{${tenant}}:ponte:${parts.join(':')}`

/** Stands for a person in a key or a value, so that Redis holds no e-mail and no phone outside of jobs. */
export const fingerprint = (personal: string): string =>
  createHash('sha256').update(personal.trim().toLowerCase()).digest('hex').slice(0, 32)
