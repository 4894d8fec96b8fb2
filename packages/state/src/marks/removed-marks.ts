import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'

/** As long as an opportunity's own history is kept. */
const KEEP_S = 400 * 24 * 3600

/**
 * The opportunities that were marked as open, and whose contact is no opportunity any more in RD Station because another one of it
 * has ended. Read and written under the contact's lock; losing it costs what docs/behaviour.md#what-redis-holds says.
 */
export function createRemovedMarks(redis: Redis, tenant: string) {
  const keyOf = (opportunityId: string): string => stateKey(tenant, 'mark-removed', opportunityId)
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
