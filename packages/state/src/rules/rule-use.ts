import { DAY_MS, type NonEmpty } from '@ponte/contracts'
import type { RedisClient } from '../redis/redis-client.ts'
import { stateKey } from '../redis/keys.ts'
import { loadScript } from '../redis/load-script.ts'

const KEEP_S = 400 * 24 * 3600

const recordUse = loadScript(import.meta.dirname, 'record-rule-use.lua')

/** A place or a rule of a tenant's settings, by the name under which its use is kept. */
interface Watched {
  readonly member: string
}

/** The member that is used by every lead. No place and no rule is called so. */
const ANY_LEAD = 'lead'

/**
 * On which day each of a tenant's rules last applied, and each of their places last had a value: for `ponte doctor`. One process writes
 * each member at most once a day, in a hash that has no other members than these.
 */
export function createRuleUse<Rule extends Watched>(redis: RedisClient, tenant: string, watched: readonly Rule[]) {
  const key = stateKey(tenant, 'rule-use')
  const recorded = new Set<string>()
  let today = 0

  /** A process records each member again on the next day, by UTC. */
  function forgetYesterday(): void {
    const day = Math.floor(Date.now() / DAY_MS)
    if (day !== today) recorded.clear()
    today = day
  }

  return {
    /** Those that this process has not recorded today. */
    due(): readonly Rule[] {
      forgetYesterday()
      return watched.filter(({ member }) => !recorded.has(member))
    },
    /** A lead used these. Never throws: when Redis fails, the use is recorded with a later lead. Nothing more than a hint depends on it. */
    async record(used: readonly Rule[]): Promise<void> {
      if (watched.length === 0) return
      forgetYesterday()
      const isFirst = !recorded.has(ANY_LEAD)
      const members = used.map(({ member }) => member).filter(member => !recorded.has(member))
      if (isFirst) members.push(ANY_LEAD)
      if (members.length === 0) return
      for (const member of members) recorded.add(member)
      const all = isFirst ? [ANY_LEAD, ...watched.map(({ member }) => member)] : []
      try {
        await recordUse(redis, [key], [KEEP_S, members.length, ...members, ...all])
      } catch {
        for (const member of members) recorded.delete(member)
      }
    },
  }
}

/** Days by UTC, as `2026-11-26`. */
export interface Use {
  /** Since when it is watched. */
  readonly since: string
  /** Undefined: not used since then. */
  readonly last: string | undefined
}

export interface RuleUse {
  /** The use by any lead at all. Undefined when no lead came. */
  readonly anyLead: Use | undefined
  /** Undefined: no lead came since the tenants file has this rule. */
  useOf(rule: Watched): Use | undefined
}

/** What was recorded by all processes. */
export async function readRuleUse(redis: RedisClient, tenant: string): Promise<RuleUse> {
  const stored = new Map(Object.entries(await redis.hgetall(stateKey(tenant, 'rule-use'))))
  const useOf = ({ member }: Watched): Use | undefined => {
    const { since, last } = /^(?<since>\d{1,6}):(?<last>\d{0,6})$/.exec(stored.get(member) ?? '')?.groups ?? {}
    return since === undefined ? undefined : { since: dayOf(since), last: last ? dayOf(last) : undefined }
  }
  return { anyLead: useOf({ member: ANY_LEAD }), useOf }
}

const dayOf = (days: string): string => new Date(Number(days) * DAY_MS).toISOString().slice(0, 10)

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
