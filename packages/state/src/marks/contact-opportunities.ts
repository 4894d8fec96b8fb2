import type { Redis } from 'ioredis'
import { stateKey } from '../redis/keys.ts'
import { defineScript } from '../redis/script.ts'

/** As long as an opportunity's own history is kept. */
const KEEP_S = 400 * 24 * 3600
/** A contact with more of them at a time is a test record. */
const MOST = 50

/** In one step, so that no key is ever without an end. */
const remember = defineScript(`
redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1`)

/** The lock under which RD Station is told anything of a contact. */
export const contactLock = (uuid: string): string => `contact:${uuid}`

/**
 * Which opportunities of a contact of RD Station Ponte opened or marked and has not told the end of: RD Station keeps one state
 * for all of them. Losing it costs their order among themselves.
 */
export function createContactOpportunities(redis: Redis, tenant: string) {
  const keyOf = (uuid: string): string => stateKey(tenant, 'contact-opportunities', uuid)
  return {
    /** Known from now on, unless it was before. */
    async remember(uuid: string, opportunityId: string): Promise<void> {
      await remember(redis, [keyOf(uuid)], [Date.now(), opportunityId, -MOST - 1, KEEP_S])
    },
    /** Its end was told, or it is gone. */
    async forget(uuid: string, opportunityId: string): Promise<void> {
      await redis.zrem(keyOf(uuid), opportunityId)
    },
    /** In the order in which they became known. */
    list: (uuid: string): Promise<string[]> => redis.zrange(keyOf(uuid), '0', '-1'),
  }
}
