import type { TenantSettings } from '@ponte/contracts'
import { watchedRules } from '@ponte/mappers'
import type { Redis } from 'ioredis'
import type { CheckResult } from '../check-result.ts'
import { checkRuleOrder } from './rule-order.ts'
import { checkRuleUse } from './rule-use.ts'

/** The checks of the rules themselves, and of what the workers recorded about them. None for a tenant without rules. */
export async function checkRules(
  settings: TenantSettings,
  recorded: { readonly tenant: string; readonly redis: Redis | undefined },
): Promise<readonly CheckResult[]> {
  if (watchedRules(settings).length === 0) return []
  return [...(await checkRuleOrder(settings)), ...(await checkRuleUse(settings, recorded))]
}
