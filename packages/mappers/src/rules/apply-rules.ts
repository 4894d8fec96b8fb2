import {
  convertValues,
  type FieldRule,
  type FieldTarget,
  type FieldValue,
  type LeadRules,
  type Message,
  message,
  type Route,
  type RuleInput,
  type SkipReason,
  targetOf,
  valuesAt,
} from '@ponte/contracts'
import { matchesCondition, untoldPlaces } from './match-condition.ts'

/** Whether a lead is sent, and the filter that decided it, if one did. */
export interface FilterResult {
  readonly isSent: boolean
  readonly rule: string | undefined
  /** The unknown places, if the lead is sent only because a filter under `send` might match. */
  readonly untold: readonly string[]
}

/**
 * A lead that matches a filter under `skip` is not sent. Where there are filters under `send`, it has to match one of them. If that depends
 * on unknown places, the lead is sent: nobody would notice a lead that is missing because RD Station could not be asked.
 */
export function applyFilters({ send, skip }: LeadRules['filters'], input: RuleInput): FilterResult {
  const skipping = skip.find(({ when }) => matchesCondition(when, input))
  if (skipping !== undefined) return { isSent: false, rule: skipping.name, untold: [] }
  const sending = send.find(({ when }) => matchesCondition(when, input))
  if (send.length === 0 || sending !== undefined) return { isSent: true, rule: sending?.name, untold: [] }
  const untold = [...new Set(send.flatMap(({ when }) => untoldPlaces(when, input)))]
  return { isSent: untold.length > 0, rule: undefined, untold }
}

/** Why a lead is not sent. */
export const whyNotSent = ({ rule }: FilterResult): SkipReason =>
  rule === undefined ? message('lead-sent-by-no-rule') : message('lead-skipped-by-rule', { rule })

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
  /** The value that is written. Undefined when there is none, when it does not fit, or when an earlier rule has written the target. */
  readonly value: FieldValue | undefined
  /** Why a value is left out. Never contains the value. */
  readonly note: Message | undefined
}

/**
 * What the rules under `fields` make of a lead, in their order. Among rules with one target, the first that has a fitting value counts.
 * Values of the others that do not fit are then not reported.
 */
export function applyFields(fields: readonly FieldRule[], input: RuleInput): readonly FieldOutcome[] {
  const written = new Map<string, FieldOutcome>()
  const outcomes = fields.map(rule => applyField(rule, input))
  for (const outcome of outcomes) {
    const target = oneSpelling(outcome)
    if (outcome.value !== undefined && !written.has(target)) written.set(target, outcome)
  }
  return outcomes.map(outcome => {
    const writer = written.get(oneSpelling(outcome))
    return writer === undefined || writer === outcome ? outcome : { ...outcome, value: undefined, note: undefined }
  })
}

/** TOTVS CRM's custom fields are found without regard to case. */
const oneSpelling = ({ target, rule }: FieldOutcome): string =>
  target.kind === 'customField' ? rule.to.toLowerCase() : rule.to

function applyField(rule: FieldRule, input: RuleInput): FieldOutcome {
  const found = rule.from
    .map(place => ({ place, values: valuesAt(place, input) }))
    .find(({ values }) => values.length > 0)
  const { place, values = [] } = found ?? {}
  const outcome = { rule, target: targetOf(rule.to), place, values, value: undefined, note: undefined }
  if (values.length === 0) return outcome
  const converted = convertValues(values, rule)
  if ('value' in converted) return { ...outcome, value: converted.value }
  return { ...outcome, note: message('rule-misfit', { rule: nameOfField(rule), problem: message(converted.misfit) }) }
}

/** What the timeline and the metrics call the rule. */
export const nameOfField = ({ name, to }: FieldRule): string => name ?? to
