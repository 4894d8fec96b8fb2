import { type PlaceReaders, placesOfRules, type Route, type RuleInput, valuesAt } from '@ponte/contracts'
import { applyFields, type FilterResult, nameOfField } from './apply-rules.ts'

/** What the rules made of a lead. */
export interface RuledLead {
  readonly input: RuleInput
  /** Whether the lead is sent, and the filter that decided it. */
  readonly filter: FilterResult
  /** The route of the lead. Undefined when none was looked for or found. */
  readonly route: Pick<Route, 'name'> | undefined
}

/** A place or a rule whose use Ponte records, for `ponte doctor`. */
export interface WatchedRule {
  readonly kind: 'place' | 'filters.send' | 'filters.skip' | 'routes' | 'fields'
  readonly name: string
  /** `kind` and `name` in one text. */
  readonly member: string
  /** The place has a value, or the rule applies. A field also applies when an earlier one has written its target. */
  isUsedBy(lead: RuledLead): boolean
}

/** Every place that the rules read, and every rule. Rules of one kind with the same name count as one. */
export function watchedRules(rules: PlaceReaders): readonly WatchedRule[] {
  const { fields, filters, routes } = rules
  const namesOf = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name)
  const fieldsByName = Map.groupBy(fields, nameOfField)
  const fits = (name: string, { input }: RuledLead): boolean =>
    applyFields(fieldsByName.get(name) ?? [], input).some(({ value }) => value !== undefined)
  return [
    ...watch('place', placesOfRules(rules), (name, { input }) => valuesAt(name, input).length > 0),
    ...watch('filters.send', namesOf(filters.send), (name, { filter }) => filter.isSent && filter.rule === name),
    ...watch('filters.skip', namesOf(filters.skip), (name, { filter }) => !filter.isSent && filter.rule === name),
    ...watch('routes', namesOf(routes), (name, { route }) => route?.name === name),
    ...watch('fields', [...fieldsByName.keys()], fits),
  ]
}

const watch = (
  kind: WatchedRule['kind'],
  names: readonly string[],
  isUsed: (name: string, lead: RuledLead) => boolean,
): readonly WatchedRule[] =>
  [...new Set(names)].map(name => ({ kind, name, member: `${kind}:${name}`, isUsedBy: lead => isUsed(name, lead) }))
