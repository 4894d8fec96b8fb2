import type { TenantSettings } from '@ponte/contracts'
import { type WatchedRule, watchedRules } from '@ponte/mappers'
import { readRuleUse, type RuleUse, type RedisClient } from '@ponte/state'
import { type CheckResult, notCheckable, runRuleCheck, skipped, warned } from '../check-result.ts'

const DAYS = 30
const DAY_MS = 24 * 3600 * 1000

const checks = [
  {
    check: 'rule-places',
    warning: 'PLACES_WITHOUT_VALUE',
    isOf: ({ kind }: WatchedRule) => kind === 'place',
    nameOf: ({ name }: WatchedRule) => name,
  },
  {
    check: 'rule-matches',
    warning: 'RULES_WITHOUT_MATCH',
    isOf: ({ kind }: WatchedRule) => kind !== 'place',
    nameOf: ({ kind, name }: WatchedRule) => `${kind} "${name}"`,
  },
] as const

/** Where the workers have recorded it. */
export interface RecordedUse {
  readonly tenant: string
  /** Undefined if it does not answer. */
  readonly redis: RedisClient | undefined
  /** The setting that says where it is. */
  readonly redisSetting: string
}

/**
 * In the last 30 days, has every place that the rules read had a value, and has every rule applied? The workers record it. Nothing is said
 * of what they have recorded for less time, or if no lead came.
 */
export async function checkRuleUse(
  settings: TenantSettings,
  { tenant, redis, redisSetting }: RecordedUse,
): Promise<readonly CheckResult[]> {
  if (redis === undefined) return skipped(['rule-places', 'rule-matches'], 'redis')
  const results: CheckResult[] = []
  for (const { check, warning, isOf, nameOf } of checks) {
    const found = await runRuleCheck(check, redisSetting, async () => {
      const { anyLead, useOf } = await readRuleUse(redis, tenant)
      const first = new Date(Date.now() - DAYS * DAY_MS).toISOString().slice(0, 10)
      if (anyLead?.last === undefined || anyLead.last < first)
        return [notCheckable(check, 'NO_LEAD_WATCHED', { days: DAYS })]
      const unused = watchedRules(settings)
        .filter(isOf)
        .map(rule => ({ name: nameOf(rule), use: useOf(rule) }))
        .filter(({ use }) => use?.last === undefined || use.last < first)
      const long = unused.filter(({ use }) => use !== undefined && use.since <= first)
      const shortly = unused.filter(each => !long.includes(each))
      return [
        ...(long.length === 0
          ? []
          : [warned(check, warning, { names: listed(long), days: DAYS, since: anyLead.since })]),
        ...(shortly.length === 0
          ? []
          : [notCheckable(check, 'WATCHED_SHORTLY', { names: listed(shortly, withSince), days: DAYS })]),
      ]
    })
    results.push(...found)
  }
  return results
}

interface Unused {
  readonly name: string
  readonly use: ReturnType<RuleUse['useOf']>
}

const listed = (some: readonly Unused[], describe = ({ name }: Unused): string => name): string =>
  some.map(describe).join(', ')

/** The name, with the day since which it is watched. */
const withSince = ({ name, use }: Unused): string => (use === undefined ? name : `${name} (${use.since})`)
