import type { System } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { systems } from '../circuit-breaker/circuit-breaker.ts'
import { stateKey } from '../redis/keys.ts'

const KEEP_S = 400 * 24 * 3600
/** A process records the same thing at most this often. */
const EVERY_MS = 60_000

/** `success`: a call to the system succeeded. `delivery`: the system delivered an event. */
const kinds = ['success', 'delivery'] as const
type Kind = (typeof kinds)[number]

/** Milliseconds since 1970, up to a minute too early. Undefined: never, or more than 400 days ago. */
export type LastTimes = { readonly [Each in Kind]?: number }

const keyOf = (tenant: string, kind: Kind, system: System): string => stateKey(tenant, 'last', kind, system)

/** Records when a system last answered and last delivered. One for each tenant and process, because it remembers what it has recorded. */
export function createLastTimes(redis: RedisClient, tenant: string, now: () => number = Date.now) {
  const recorded = new Map<string, number>()
  return {
    /** Most calls do nothing: a minute is exact enough. Never rejects, because nothing depends on it. */
    async record(kind: Kind, system: System): Promise<void> {
      const key = keyOf(tenant, kind, system)
      const at = now()
      if (at - (recorded.get(key) ?? -Infinity) < EVERY_MS) return
      recorded.set(key, at)
      await redis.set(key, at, 'EX', KEEP_S).catch(() => recorded.delete(key))
    },
  }
}

export type LastTimesRecorder = ReturnType<typeof createLastTimes>

/** Both times of both systems, in one command. */
export async function readLastTimes(redis: RedisClient, tenant: string): Promise<Readonly<Record<System, LastTimes>>> {
  const keys = systems.flatMap(system => kinds.map(kind => keyOf(tenant, kind, system)))
  const found = await redis.mget(...keys)
  const timesOf = (system: System): LastTimes =>
    Object.fromEntries(
      kinds.flatMap(kind => {
        const at = Number(found[keys.indexOf(keyOf(tenant, kind, system))] ?? undefined)
        return Number.isFinite(at) ? [[kind, at]] : []
      }),
    )
  return { 'totvs-crm': timesOf('totvs-crm'), 'rd-station': timesOf('rd-station') }
}
