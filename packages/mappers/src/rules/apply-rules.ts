import {
  convertValues,
  type FieldRule,
  type FieldValue,
  type LeadRules,
  type Message,
  message,
  type Route,
} from '@ponte/contracts'
import { matchesCondition } from './match-condition.ts'
import { type RuleInput, valuesAt } from './rule-input.ts'

/** Whether a lead is sent, and the filter that says so, where one does. */
export interface FilterVerdict {
  readonly isSent: boolean
  readonly rule: string | undefined
}

/** A lead that matches a filter under `skip` is not sent; where there are filters under `send`, it has to match one of them. */
export function applyFilters({ send, skip }: LeadRules['filters'], input: RuleInput): FilterVerdict {
  const skipping = skip.find(({ when }) => matchesCondition(when, input))
  if (skipping !== undefined) return { isSent: false, rule: skipping.name }
  const sending = send.find(({ when }) => matchesCondition(when, input))
  return { isSent: send.length === 0 || sending !== undefined, rule: sending?.name }
}

/** The first route that matches the lead. */
export const findRoute = (routes: readonly Route[], input: RuleInput): Route | undefined =>
  routes.find(({ when }) => matchesCondition(when, input))

/** What one rule under `fields` makes of a lead. */
export interface FieldOutcome {
  readonly rule: FieldRule
  readonly target: FieldTarget
  /** The place that has a value. */
  readonly place: string | undefined
  readonly values: readonly string[]
  /** What is written. Undefined when there is nothing, or when it does not fit. */
  readonly value: FieldValue | undefined
  /** Why a value is left out. Without the value. */
  readonly note: Message | undefined
}

/** What the rules under `fields` make of a lead, in their order. Of several rules with one target the first that has a value counts. */
export function applyFields(fields: readonly FieldRule[], input: RuleInput): readonly FieldOutcome[] {
  const filled = new Set<string>()
  return fields.map(rule => {
    const outcome = applyField(rule, input)
    if (outcome.value === undefined) return outcome
    if (filled.has(rule.to)) return { ...outcome, value: undefined }
    filled.add(rule.to)
    return outcome
  })
}

function applyField(rule: FieldRule, input: RuleInput): FieldOutcome {
  const target = targetOf(rule.to)
  const place = rule.from.find(each => valuesAt(each, input).length > 0)
  if (place === undefined) return { rule, target, place, values: [], value: undefined, note: undefined }
  const values = valuesAt(place, input)
  const converted = convertValues(values, rule)
  if ('value' in converted) return { rule, target, place, values, value: converted.value, note: undefined }
  const note = message('rule-misfit', { rule: nameOfField(rule), problem: message(converted.misfit) })
  return { rule, target, place, values, value: undefined, note }
}

/** What the timeline and the metrics call it. */
export const nameOfField = ({ name, to }: FieldRule): string => name ?? to

/** A member of one of the two records, or a custom field of it. */
export interface FieldTarget {
  readonly record: 'lead' | 'opportunity'
  readonly kind: 'member' | 'customField'
  readonly name: string
}

export function targetOf(to: string): FieldTarget {
  const [record = '', first = '', ...others] = to.split('.')
  const isCustom = first === 'customFields' && others.length > 0
  return {
    record: record === 'opportunity' ? 'opportunity' : 'lead',
    kind: isCustom ? 'customField' : 'member',
    name: isCustom ? others.join('.') : first,
  }
}
