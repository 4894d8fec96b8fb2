import {
  type Conversion,
  type FieldRule,
  type Filter,
  type PlaceReaders,
  type Requirement,
  requirementsOf,
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

const conditional = (list: RuleRef['list'], { name, when }: Pick<Filter, 'name' | 'when'>) => ({
  ref: { list, name },
  requirements: requirementsOf(when),
})
type ConditionalRule = ReturnType<typeof conditional>

function hiddenBy({ ref, requirements }: ConditionalRule, others: readonly ConditionalRule[]): readonly HiddenRule[] {
  const by = others.find(other => other.requirements.every(wide => requirements.some(narrow => implies(narrow, wide))))
  return by === undefined ? [] : [{ rule: ref, by: by.ref }]
}

/** Every lead that meets the narrow requirement meets the wide one. */
const implies = (narrow: Requirement, wide: Requirement): boolean =>
  narrow.places.every(
    place =>
      wide.places.includes(place) &&
      narrow.patterns.every(each => wide.patterns.some(other => patternCovers(place, other, each))),
  )

function hiddenFields(fields: readonly FieldRule[]): readonly HiddenRule[] {
  const refOf = (rule: FieldRule): RuleRef => ({ list: 'fields', name: nameOfField(rule) })
  return fields.flatMap((rule, index) => {
    const isHiding = (earlier: FieldRule): boolean =>
      isSameTarget(rule, earlier) && alwaysFits(earlier.as) && rule.from.every(place => earlier.from.includes(place))
    const by = fields.slice(0, index).find(isHiding)
    return by === undefined ? [] : [{ rule: refOf(rule), by: refOf(by) }]
  })
}

/** TOTVS CRM's custom fields are found without regard to case. */
const isSameTarget = ({ to }: FieldRule, { to: other }: FieldRule): boolean =>
  to === other || (targetOf(to).kind === 'customField' && to.toLowerCase() === other.toLowerCase())

/** Whether something is written for any value. */
const alwaysFits = (as: Conversion): boolean =>
  typeof as === 'object' ? as.otherwise === 'keep' : ['text', 'lower', 'upper', 'list'].includes(as)
