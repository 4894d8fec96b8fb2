import { DAY_MS } from '@ponte/contracts'
import type { DoctorFindings } from '../doctor-investigation.ts'
import type { TenantSettings } from '@ponte/contracts'
import { findHiddenRules, type WatchedRule, watchedRules } from '@ponte/mappers'
import { readRuleUse, type RedisClient } from '@ponte/state'

const DAYS = 30

const uses = [
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

/** Where the workers have recorded the use of rules. */
interface RecordedUse {
  readonly tenant: string
  readonly redis: RedisClient
  /** The setting that says where it is. */
  readonly redisSetting: string
}

/**
 * Is there a rule that can never apply, because another one takes every lead from it? And in the last 30 days, has every place that the
 * rules read had a value, and has every rule applied? The workers record that: nothing is said of what they have recorded for less time, or
 * if no lead came. No check for a tenant without rules.
 */
export async function checkRules(
  findings: DoctorFindings,
  settings: TenantSettings,
  { tenant, redis, redisSetting }: RecordedUse,
): Promise<void> {
  const rules = watchedRules(settings)
  if (rules.length === 0) return
  await findings.check('rule-order', {}, found => {
    for (const { rule, by } of findHiddenRules(settings))
      found('RULE_HIDDEN', { list: rule.list, rule: rule.name, byList: by.list, by: by.name })
  })
  for (const { check, warning, isOf, nameOf } of uses)
    await findings.check(check, { needs: ['redis'], facts: { setting: redisSetting } }, async found => {
      const { anyLead, useOf } = await readRuleUse(redis, tenant)
      const first = new Date(Date.now() - DAYS * DAY_MS).toISOString().slice(0, 10)
      if (anyLead?.last === undefined || anyLead.last < first) return found('NO_LEAD_WATCHED', { days: DAYS })
      const unused = rules
        .filter(isOf)
        .map(rule => ({ name: nameOf(rule), use: useOf(rule) }))
        .filter(({ use }) => use?.last === undefined || use.last < first)
      const long = unused.flatMap(({ name, use }) => (use !== undefined && use.since <= first ? [name] : []))
      // The name, with the day since which it is watched.
      const shortly = unused.flatMap(({ name, use }) =>
        use === undefined ? [name] : use.since > first ? [`${name} (${use.since})`] : [],
      )
      if (long.length > 0) found(warning, { names: long.join(', '), days: DAYS, since: anyLead.since })
      if (shortly.length > 0) found('WATCHED_SHORTLY', { names: shortly.join(', '), days: DAYS })
    })
}
