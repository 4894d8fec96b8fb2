import { DAY_MS } from '@ponte/contracts'
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
