import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'

/** As long as an opportunity's own history is kept. */
const KEEP_S = 400 * 24 * 3600

/**
 * Opportunities that were marked as open, and of which RD Station shows nothing any more: another opportunity of the contact ended, and
 * RD Station keeps one state for all of them. Write under the contact's lock. What losing it costs: docs/behaviour.md#what-redis-holds.
 */
export function createUnmarkedOpportunities(redis: Redis, tenant: string) {
  const keyOf = (opportunityId: string): string => stateKey(tenant, 'unmarked', opportunityId)
  return {
    async add(opportunityIds: readonly string[]): Promise<void> {
      for (const id of opportunityIds) await redis.set(keyOf(id), '1', 'EX', KEEP_S)
    },
    /** The contact is an opportunity again, or these have ended. */
    async clear(opportunityIds: readonly string[]): Promise<void> {
      if (opportunityIds.length > 0) await redis.del(...opportunityIds.map(keyOf))
    },
    has: async (opportunityId: string): Promise<boolean> => (await redis.exists(keyOf(opportunityId))) === 1,
  }
}
