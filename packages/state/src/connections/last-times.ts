import { parseJson, type System, systems } from '@ponte/contracts'
import { z } from 'zod'
import { stateKey } from '../redis/keys.ts'
import type { RedisClient } from '../redis/redis-client.ts'

/** Deliveries that are refused again and again: so many, within so long, without an accepted one. */
export const MANY_REFUSED = 10
export const MANY_WITHIN_MS = 900_000

/** Why a delivery was refused. Where the token is right, the sender is one that has it. */
export const refusalReasons = ['no-token', 'wrong-token', 'too-large', 'wrong-type'] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** The deliveries of a source that were refused since it last delivered. Times in milliseconds since 1970, by Redis's clock. */
export type RefusedDeliveries = Readonly<z.infer<typeof refusedDeliveries>>
const refusedDeliveries = z.object({
  first: z.number(),
  last: z.number(),
  /** How many, by reason. */
  reasons: z.partialRecord(z.enum(refusalReasons), z.number()),
  /** At least `MANY_REFUSED` came within `MANY_WITHIN_MS`. */
  isMany: z.boolean().default(false),
  /** Until then another process may still write that it accepted one meanwhile: nobody is alerted earlier. */
  alertFrom: z.number(),
})

export const refusedKey = (tenant: string, source: System): string => stateKey(tenant, 'refused-deliveries', source)

export const KEEP_S = 400 * 24 * 3600
/** A process records that a system answered at most this often. */
const EVERY_MS = 60_000

/** `success`: a call to the system succeeded. `delivery`: the system delivered an event. */
const kinds = ['success', 'delivery'] as const
type Kind = (typeof kinds)[number]

/** Milliseconds since 1970; `success` is up to a minute too early. Undefined: never, or more than 400 days ago. */
export type LastTimes = { readonly [Each in Kind]?: number } & {
  /** What came from the system, or in its name, and was refused since a delivery of it was accepted, within seven days. */
  readonly refused?: RefusedDeliveries
}

export const lastKey = (tenant: string, kind: Kind, system: System): string => stateKey(tenant, 'last', kind, system)

/** Records when a system last answered. One for each tenant and process, because it remembers what it has recorded. */
export function createLastTimes(redis: RedisClient, tenant: string, now: () => number = Date.now) {
  const recorded = new Map<string, number>()
  return {
    /** Most calls do nothing: a minute is exact enough. Never rejects, because nothing depends on it. */
    async record(system: System): Promise<void> {
      const key = lastKey(tenant, 'success', system)
      const at = now()
      if (at - (recorded.get(key) ?? -Infinity) < EVERY_MS) return
      recorded.set(key, at)
      await redis.set(key, at, 'EX', KEEP_S).catch(() => recorded.delete(key))
    },
  }
}

/** Both times of both systems, and what was refused of each, in one command. */
export async function readLastTimes(redis: RedisClient, tenant: string): Promise<Readonly<Record<System, LastTimes>>> {
  const keysOf = (system: System): string[] => [
    ...kinds.map(kind => lastKey(tenant, kind, system)),
    refusedKey(tenant, system),
  ]
  const keys = systems.flatMap(keysOf)
  const found = await redis.mget(...keys)
  const valueOf = (key: string): string | undefined => found[keys.indexOf(key)] ?? undefined
  const timesOf = (system: System): LastTimes => {
    const { data: refused } = refusedDeliveries.safeParse(parseJson(valueOf(refusedKey(tenant, system)) ?? ''))
    const times: LastTimes = Object.fromEntries(
      kinds.flatMap(kind => {
        const at = Number(valueOf(lastKey(tenant, kind, system)))
        return Number.isFinite(at) ? [[kind, at]] : []
      }),
    )
    return refused === undefined ? times : { ...times, refused }
  }
  return { 'totvs-crm': timesOf('totvs-crm'), 'rd-station': timesOf('rd-station') }
}
