import type { TenantSettings } from '@ponte/contracts'
import { findHiddenRules, watchedRules } from '@ponte/mappers'
import { type CheckResult, runRuleCheck, warned } from '../check-result.ts'
import { checkRuleUse, type RecordedUse } from './rule-use.ts'

/** The checks of the rules themselves, and of what the workers recorded about them. None for a tenant without rules. */
export async function checkRules(settings: TenantSettings, recorded: RecordedUse): Promise<readonly CheckResult[]> {
  if (watchedRules(settings).length === 0) return []
  return [...(await checkOrder(settings)), ...(await checkRuleUse(settings, recorded))]
}

/** Is there a rule that can never apply, because another one takes every lead from it? */
const checkOrder = (settings: TenantSettings): Promise<readonly CheckResult[]> =>
  runRuleCheck('rule-order', 'routes', async () =>
    findHiddenRules(settings).map(({ rule, by }) =>
      warned('rule-order', 'RULE_HIDDEN', { list: rule.list, rule: rule.name, byList: by.list, by: by.name }),
    ),
  )
