import type { TotvsCrmClient } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'
import { type CheckName, type CheckResult, skipped } from '../check-result.ts'
import { checkRouteOwners } from './route-owners.ts'
import { checkRouteTargets, namesTarget } from './route-targets.ts'
import { checkRuleFields } from './rule-fields.ts'

/** The checks that compare this tenant's rules with its TOTVS CRM. */
export function crmRuleChecksOf({ routes, fields }: TenantSettings): readonly CheckName[] {
  return [
    ...(routes.some(namesTarget) ? (['crm-routes'] as const) : []),
    ...(routes.some(({ then }) => then.owner !== undefined) ? (['crm-route-owners'] as const) : []),
    ...(fields.length > 0 ? (['crm-rule-fields'] as const) : []),
  ]
}

/** Does TOTVS CRM have what the rules name? `before`: the results of the checks before. */
export async function checkCrmRules(
  settings: TenantSettings,
  crm: TotvsCrmClient,
  before: readonly CheckResult[],
): Promise<readonly CheckResult[]> {
  const checks = crmRuleChecksOf(settings)
  const areLeadsRead = before.every(({ check, status }) => check !== 'crm-leads' || status === 'ok')
  return [
    ...(checks.includes('crm-routes') ? await checkRouteTargets(settings, crm) : []),
    ...(checks.includes('crm-route-owners') ? await checkRouteOwners(settings, crm) : []),
    ...(!checks.includes('crm-rule-fields')
      ? []
      : areLeadsRead
        ? await checkRuleFields(settings, crm)
        : skipped(['crm-rule-fields'], 'crm-leads')),
  ]
}
