import { type FilterResult, findRoute, type RuleInput } from '@ponte/mappers'
import type { LeadContext } from '../run/job-context.ts'

/**
 * Records, for `ponte doctor`, at which places the lead has a value, and which of the tenant's rules apply to it: each at most once a day.
 * Never throws.
 */
export async function recordRuleUse(
  input: RuleInput,
  filter: FilterResult,
  { ruleUse, tenant }: Pick<LeadContext, 'ruleUse' | 'tenant'>,
): Promise<void> {
  const due = ruleUse.due()
  const isRouteDue = filter.isSent && due.some(({ kind }) => kind === 'routes')
  const route = isRouteDue ? findRoute(tenant.settings.routes, input) : undefined
  await ruleUse.record(due.filter(rule => rule.isUsedBy({ input, filter, route })))
}
