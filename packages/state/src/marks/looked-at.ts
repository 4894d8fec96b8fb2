import { type CrmOpportunity, readChangeTime } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'

/** As many as can be read of a list: of an opportunity that is not among them nobody knows whether Ponte has looked at it. */
const MOST = 10_000

/** An opportunity as a run has read it. Times in milliseconds since 1970. */
export interface LookedAt {
  readonly id: string
  /** Its `updatedAt`, or `createdAt` where nobody has changed it, by the clock of TOTVS CRM. */
  readonly updatedAt: number
}

const keysOf = (tenant: string) => [stateKey(tenant, 'looked-at'), stateKey(tenant, 'opportunity-path')] as const

/** The opportunity that one run reads. It is written with the end of the run. */
export function createLook() {
  let seen: (LookedAt & { readonly path: string }) | undefined
  return {
    /** `contextUrl`: where it was read. An opportunity without a readable time of its last change is not remembered. */
    see(opportunity: Pick<CrmOpportunity, 'id' | 'updatedAt' | 'createdAt'>, contextUrl: string): void {
      const time = readChangeTime(opportunity)
      if (typeof time === 'object') seen = { id: opportunity.id, updatedAt: time.at, path: contextUrl }
    },
    /** The keys and the argument of the script; nothing when nothing was read. */
    toScript: (tenant: string): { readonly keys: readonly string[]; readonly looked: string } | undefined =>
      seen && { keys: keysOf(tenant), looked: JSON.stringify({ ...seen, most: MOST }) },
  }
}

export type Look = ReturnType<typeof createLook>

/**
 * Which opportunities Ponte has looked at, and as they were changed when. Losing it costs look-ups: what Ponte has not marked is then
 * looked at once more.
 */
export function createLookedAt(redis: RedisClient, tenant: string) {
  const [seenKey, pathKey] = keysOf(tenant)
  return {
    /** Those that were changed last, newest first. */
    async newest(most: number): Promise<readonly LookedAt[]> {
      const flat = await redis.zrevrange(seenKey, 0, most - 1, 'WITHSCORES')
      return flat.flatMap((id, index) => (index % 2 === 0 ? [{ id, updatedAt: Number(flat[index + 1]) }] : []))
    },
    /** `updatedAt` of each as Ponte last read it. */
    async timesOf(ids: readonly string[]): Promise<readonly (number | undefined)[]> {
      if (ids.length === 0) return []
      const scores = await redis.zmscore(seenKey, ...ids)
      return scores.map(score => (score === null ? undefined : Number(score)))
    },
    /** Where the last opportunity was read (`contextUrl`). */
    path: async (): Promise<string | undefined> => (await redis.get(pathKey)) ?? undefined,
  }
}
