import { requirementsOf, type RuleInput, type TenantSettings, valuesAt } from '@ponte/contracts'
import type { RulePreview } from './lead-preview.ts'

/** The rule of this name, with the lead's values for each key of its condition. Undefined when there is none. */
export function explainRule(
  rules: TenantSettings['filters']['send'],
  name: string | undefined,
  input: RuleInput,
): RulePreview | undefined {
  const rule = rules.find(each => each.name === name)
  if (rule === undefined) return undefined
  const conditions = requirementsOf(rule.when).map(({ key, places, patterns }) => ({
    ...{ key, patterns },
    values: places.flatMap(place => valuesAt(place, input)),
  }))
  return { name: rule.name, conditions }
}
