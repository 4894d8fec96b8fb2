import type { Condition, LeadRules } from '../tenants-file/lead-rules.ts'

/** The places that each key of a condition reads. */
const placesOfKeys = {
  identifier: ['conversion.identifier'],
  tag: ['tags'],
  state: ['state'],
  city: ['city'],
  source: ['conversion.source', 'traffic.source'],
} as const satisfies Record<Exclude<keyof Condition, 'field'>, readonly string[]>

export type ConditionKey = keyof typeof placesOfKeys

/** The keys of a condition besides `field`. */
export const conditionKeys: readonly ConditionKey[] = ['identifier', 'tag', 'state', 'city', 'source']

/** Where a condition's key looks. Any of these places may match. */
export const placesOfKey = (key: ConditionKey): readonly string[] => placesOfKeys[key]

/** Every place that the rules read, as the tenants file names it, once. */
export function placesOfRules({ fields, filters, routes }: PlaceReaders): readonly string[] {
  const conditions = [...filters.send, ...filters.skip, ...routes].map(({ when }) => when)
  return [...new Set([...fields.flatMap(({ from }) => from), ...conditions.flatMap(placesOfCondition)])]
}

export type PlaceReaders = Pick<LeadRules, 'fields' | 'filters' | 'routes'>

export function placesOfCondition({ field = {}, ...keys }: Condition): readonly string[] {
  const named = conditionKeys.filter(key => keys[key] !== undefined).flatMap(placesOfKey)
  return [...named, ...Object.keys(field)]
}
