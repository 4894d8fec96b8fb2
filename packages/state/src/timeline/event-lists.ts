import { jobs } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'

/** Events of one kind that a tenant's list of them holds: the newest. About 110 bytes each. */
export const MAX_LISTED = 1_000_000

/** The kinds of events that there are. A delivery in quarantine is an event of its own. */
export const listedKinds: readonly string[] = [...Object.keys(jobs), 'delivery']

const LISTS = 'events'
export const listKey = (tenant: string, event: string): string => stateKey(tenant, LISTS, event)

/** What the keys of the lists begin with. They may hold a million ids: nothing reads one whole. */
export const eventListPrefix = (tenant: string): string => stateKey(tenant, LISTS, '')

/** Times in milliseconds since 1970, both included. */
export interface ListedSpan {
  readonly from: number
  readonly until: number
  /** So many of them were read before. */
  readonly skip: number
  readonly most: number
}

/** The timeline of an event in the list of its kind, and when the event came. */
export interface ListedTimeline {
  readonly id: string
  readonly at: number
}

/** The lists of all events of a tenant: one for each kind, by the time of their arrival. Scripts of the timelines write them. */
export const createEventLists = (redis: RedisClient, tenant: string) => ({
  /** The events of a kind that came in a span, newest first. */
  async read(event: string, { from, until, skip, most }: ListedSpan): Promise<readonly ListedTimeline[]> {
    const found = await redis.zrevrangebyscore(listKey(tenant, event), until, from, 'WITHSCORES', 'LIMIT', skip, most)
    return Array.from({ length: found.length / 2 }, (_, index) => ({
      id: found[index * 2] ?? '',
      at: Number(found[index * 2 + 1]),
    }))
  },
  /** Takes timelines out of all lists. */
  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await Promise.all(listedKinds.map(kind => redis.zrem(listKey(tenant, kind), ...ids)))
  },
})
