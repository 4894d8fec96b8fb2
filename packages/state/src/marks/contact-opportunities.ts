import type { Redis } from 'ioredis'
import { addMember, type Change } from '../redis/change.ts'
import { stateKey } from '../redis/keys.ts'
import { change } from '../redis/step.ts'

/** As long as an opportunity's own history is kept. */
const KEEP_S = 400 * 24 * 3600
/** A contact with more of them at once is a test record. */
const MOST = 50

/** The lock under which RD Station's contact is marked. */
export const contactLock = (uuid: string): string => `contact:${uuid}`

/**
 * The opportunities of a contact that Ponte has opened or marked, and whose end RD Station does not have yet: it keeps one state for all
 * of them. Losing this costs their order among themselves.
 */
export function createContactOpportunities(redis: Redis, tenant: string) {
  const keyOf = (uuid: string): string => stateKey(tenant, 'contact-opportunities', uuid)
  const rememberingOf = (uuid: string, opportunityId: string): Change =>
    addMember(keyOf(uuid), {
      ...{ member: opportunityId, score: Date.now(), keepsScore: true },
      ...{ keepS: KEEP_S, mostMembers: MOST },
    })
  return {
    /** Known from now on, unless it was before. */
    remember: (uuid: string, opportunityId: string): Promise<void> =>
      change(redis, [rememberingOf(uuid, opportunityId)]),
    /** The same, as a part of a step. */
    rememberingOf,
    /** RD Station has its end, or the opportunity is gone. */
    async forget(uuid: string, opportunityId: string): Promise<void> {
      await redis.zrem(keyOf(uuid), opportunityId)
    },
    /** In the order in which they became known. */
    list: (uuid: string): Promise<string[]> => redis.zrange(keyOf(uuid), '0', '-1'),
  }
}
