import {
  type Condition,
  conditionKeys,
  type Conversion,
  type FieldRule,
  type Filter,
  type LeadRules,
  placesOfKey,
  type PlaceReaders,
  targetOf,
} from '@ponte/contracts'
import { nameOfField } from './apply-rules.ts'
import { patternCovers } from './match-condition.ts'

/** A rule as the tenants file has it. */
export interface RuleRef {
  readonly list: 'fields' | 'filters.send' | 'filters.skip' | 'routes'
  readonly name: string
}

export interface HiddenRule {
  readonly rule: RuleRef
  /** The rule that always comes first. */
  readonly by: RuleRef
}

/**
 * The rules that can never apply, because one other rule takes every lead from them: an earlier route, a filter under `skip`, or an earlier
 * field with the same target. Each rule found is certain. Rules that only several others together hide are not found.
 */
export function findHiddenRules({ fields, filters, routes }: PlaceReaders): readonly HiddenRule[] {
  const skip = filters.skip.map(rule => conditional('filters.skip', rule))
  const send = filters.send.map(rule => conditional('filters.send', rule))
  const ofRoutes = routes.map(rule => conditional('routes', rule))
  return [
    ...send.flatMap(rule => hiddenBy(rule, skip)),
    ...ofRoutes.flatMap((rule, index) => hiddenBy(rule, [...skip, ...ofRoutes.slice(0, index)])),
    ...hiddenFields(fields),
  ]
}

interface ConditionalRule extends RuleRef {
  readonly requirements: readonly Requirement[]
}

/** A value of one of these places has to fit one of these patterns. */
interface Requirement {
  readonly places: readonly string[]
  readonly patterns: readonly string[]
}

const conditional = (list: RuleRef['list'], { name, when }: Pick<Filter, 'name' | 'when'>): ConditionalRule => ({
  list,
  name,
  requirements: requirementsOf(when),
})

function requirementsOf({ field = {}, ...keys }: Condition): readonly Requirement[] {
  return [
    ...conditionKeys.flatMap(key => {
      const patterns = keys[key]
      return patterns === undefined ? [] : [{ places: placesOfKey(key), patterns }]
    }),
    ...Object.entries(field).map(([place, patterns]) => ({ places: [place], patterns })),
  ]
}

function hiddenBy(rule: ConditionalRule, others: readonly ConditionalRule[]): readonly HiddenRule[] {
  const by = others.find(({ requirements }) =>
    requirements.every(wide => rule.requirements.some(narrow => implies(narrow, wide))),
  )
  return by === undefined ? [] : [{ rule: refOf(rule), by: refOf(by) }]
}

const refOf = ({ list, name }: RuleRef): RuleRef => ({ list, name })

/** Every lead that meets the narrow requirement meets the wide one. */
const implies = (narrow: Requirement, wide: Requirement): boolean =>
  narrow.places.every(
    place =>
      wide.places.includes(place) &&
      narrow.patterns.every(each => wide.patterns.some(other => patternCovers(place, other, each))),
  )

function hiddenFields(fields: LeadRules['fields']): readonly HiddenRule[] {
  return fields.flatMap((rule, index) => {
    const by = fields
      .slice(0, index)
      .find(
        earlier =>
          isSameTarget(rule, earlier) &&
          alwaysFits(earlier.as) &&
          rule.from.every(place => earlier.from.includes(place)),
      )
    return by === undefined ? [] : [{ rule: refOfField(rule), by: refOfField(by) }]
  })
}

const refOfField = (rule: FieldRule): RuleRef => ({ list: 'fields', name: nameOfField(rule) })

/** TOTVS CRM's custom fields are found without regard to case. */
const isSameTarget = ({ to }: FieldRule, { to: other }: FieldRule): boolean =>
  to === other || (targetOf(to).kind === 'customField' && to.toLowerCase() === other.toLowerCase())

/** Whether something is written for any value. */
const alwaysFits = (as: Conversion): boolean =>
  typeof as === 'object' ? as.otherwise === 'keep' : ['text', 'lower', 'upper', 'list'].includes(as)
