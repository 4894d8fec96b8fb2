import type { NonEmpty } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

/** As long as marks are kept. A company that opens a route once a year finds the turns where they were. */
const KEEP_TURNS_S = 400 * 86_400
/** Longer than all attempts of an event take. */
const KEEP_EVENT_S = 86_400
/** Users whose last turn is remembered: those with the latest turns. A forgotten user goes first. */
const MAX_USERS = 1000

const takeTurn = loadScript(import.meta.dirname, 'take-turn.lua')

export interface Turn {
  /** The key of the event that needs an owner. */
  readonly event: string
  /** Ids of the users that can be responsible now, in the order of the tenants file. */
  readonly users: NonEmpty<string>
}

export type OwnerTurns = ReturnType<typeof createOwnerTurns>

/**
 * The owners of a route take turns, over all workers: the user whose last turn is the oldest gets the next lead. So users who are always
 * there never differ by more than one. A user who was away does not get missed turns back. See docs/behaviour/leads.md#owners-in-turn.
 */
export function createOwnerTurns(redis: RedisClient, tenant: string) {
  return {
    /** Takes the next turn of a route and gives the user. An event that asks again gets the same user, and takes no other turn. */
    async take(route: string, { event, users }: Turn): Promise<string> {
      const keys = [stateKey(tenant, 'owner-turns', route), stateKey(tenant, 'owner-turn', event)]
      const chosen = await takeTurn(redis, keys, [KEEP_TURNS_S, KEEP_EVENT_S, MAX_USERS, ...users])
      if (typeof chosen !== 'string') throw new TypeError('a script of Redis returned something other than a user')
      return chosen
    },
  }
}
