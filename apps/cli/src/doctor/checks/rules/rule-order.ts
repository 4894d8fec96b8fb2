import type { TenantSettings } from '@ponte/contracts'
import { findHiddenRules } from '@ponte/mappers'
import { type CheckResult, warned } from '../check-result.ts'
import { runRuleCheck } from './run-rule-check.ts'

const CHECK = 'rule-order'

/** Is there a rule that can never apply, because another one takes every lead from it? */
export async function checkRuleOrder(settings: TenantSettings): Promise<readonly CheckResult[]> {
  return await runRuleCheck(CHECK, 'routes', async () =>
    findHiddenRules(settings).map(({ rule, by }) =>
      warned(CHECK, 'RULE_HIDDEN', { list: rule.list, rule: rule.name, byList: by.list, by: by.name }),
    ),
  )
}
