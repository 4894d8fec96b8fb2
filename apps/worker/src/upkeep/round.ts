import { primaryNameOf, type RedisClient, stateKey, withDeadline } from '@ponte/state'

/** A primary that says nothing for so long is taken for away. */
const ANSWER_MS = 1000

/** Does the work of one tenant. Rejects as the work does, or at once where the tenant's primary is away. */
export type Round = <Result>(tenant: string, work: () => Promise<Result>) => Promise<Result>

/**
 * One round through all tenants, one after the other. A command to a primary that is away takes seconds to fail. So a tenant whose work
 * failed has its primary asked whether it is there, and if it is not, its other tenants are left out until the next round.
 */
export function openRound(redis: RedisClient): Round {
  /** By name. A Redis without a Cluster has one, without a name. */
  const away = new Set<string | undefined>()
  return async (tenant, work) => {
    const key = stateKey(tenant, 'start')
    const primary = primaryNameOf(redis, key)
    if (away.has(primary)) throw new Error('the primary of this tenant did not answer in this round')
    try {
      return await work()
    } catch (error) {
      await withDeadline(redis.exists(key), ANSWER_MS).catch(() => away.add(primary))
      throw error
    }
  }
}
