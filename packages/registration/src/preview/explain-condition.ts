import { type Condition, conditionKeys, placesOfKey, type RuleInput, valuesAt } from '@ponte/contracts'
import type { ConditionPreview } from './lead-preview.ts'

/** Each key of a condition, with its patterns and the lead's values there. */
export function explainCondition({ field = {}, ...keys }: Condition, input: RuleInput): readonly ConditionPreview[] {
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
