import { stateKey } from '@ponte/state'
import type { Redis } from 'ioredis'
import type { Counts } from './erase-person.ts'
import { readPlace } from './job-entry.ts'
import { scanKeys, tenantOfKey } from './scan-keys.ts'

export interface Forgotten {
  /** By kind: jobs by queue (`jobs.totvs-crm`), keys of Ponte's state by their kind (`state.lead`). */
  readonly removed: Counts
  /** The number of removed keys, including BullMQ's own keys of the queues. */
  readonly keys: number
  /** The number of keys that were created again: a process still works for the tenant. */
  readonly left: number
}

/** The next round finds keys that were added while they were read. */
const ROUNDS = 3

/** Removes every key of a tenant; with `dryRun` only counts them. */
export async function forgetKeys(options: {
  readonly redis: Redis
  readonly tenant: string
  readonly dryRun: boolean
  /** Called after each part of the work with the number of keys so far. */
  readonly onRead?: (keys: number) => void
}): Promise<Forgotten> {
  const { redis, tenant, dryRun, onRead } = options
  const removed: Counts = {}
  let keys = 0
  let left = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    left = 0
    for await (const found of scanKeys(redis, `{${tenant}}:*`)) {
      const own = found.filter(key => tenantOfKey(key) === tenant)
      if (own.length === 0) continue
      const kinds = await Promise.all(own.map(key => kindOf(redis, tenant, key)))
      const gone = dryRun ? own.length : await redis.unlink(own)
      keys += gone
      left += own.length
      onRead?.(keys)
      for (const kind of kinds) if (kind !== undefined) removed[kind] = (removed[kind] ?? 0) + 1
    }
    if (dryRun) return { removed, keys, left: 0 }
    if (left === 0) break
  }
  return { removed, keys, left }
}

async function kindOf(redis: Redis, tenant: string, key: string): Promise<string | undefined> {
  const prefix = stateKey(tenant, '')
  if (key.startsWith(prefix)) return `state.${key.slice(prefix.length).split(':')[0] ?? ''}`
  const place = readPlace(tenant, key)
  if (place === undefined || place.rest.includes(':') || place.rest === 'meta') return undefined
  return (await redis.type(key)) === 'hash' ? `jobs.${place.queue}` : undefined
}
