import {
  type Condition,
  conditionKeys,
  placesOfKey,
  type RuleInput,
  type TenantSettings,
  valuesAt,
} from '@ponte/contracts'
import type { ConditionPreview, RulePreview } from './lead-preview.ts'

/** Each key of a condition, with its patterns and the lead's values there. */
function explainCondition({ field = {}, ...keys }: Condition, input: RuleInput): readonly ConditionPreview[] {
  const named = conditionKeys.flatMap(key => {
    const patterns = keys[key]
    return patterns === undefined
      ? []
      : [{ key, patterns, values: placesOfKey(key).flatMap(place => valuesAt(place, input)) }]
  })
  const others = Object.entries(field).map(([place, patterns]) => ({
    key: place,
    patterns,
    values: valuesAt(place, input),
  }))
  return [...named, ...others]
}

/** The rule of this name, with its conditions. Undefined when there is none. */
export function explainRule(
  rules: TenantSettings['filters']['send'],
  name: string | undefined,
  input: RuleInput,
): RulePreview | undefined {
  const rule = rules.find(each => each.name === name)
  return rule === undefined ? undefined : { name: rule.name, conditions: explainCondition(rule.when, input) }
}
