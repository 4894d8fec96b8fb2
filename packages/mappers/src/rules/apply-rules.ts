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
  isTextMember,
  isWritable,
  leadField,
  leadFields,
  memberOf,
  type TargetRecord,
} from '@ponte/contracts'
import { matchesCondition, untoldPlaces } from './match-condition.ts'
import type { CustomFieldCodec } from '../custom-field.ts'
import { type Decision, isWritten } from '../decision.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'

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

/**
 * What rules put into one of the two records: its members and its custom fields, each text of a length that TOTVS CRM accepts, and one
 * decision for each rule. A rule whose target Ponte reserves for itself writes nothing.
 */
export function fieldsOf(record: TargetRecord, outcomes: readonly FieldOutcome[], codec: CustomFieldCodec) {
  // Maps, because a custom field may have a name that every object has, such as `constructor`.
  const written = { member: new Map<string, FieldValue>(), customField: new Map<string, FieldValue>() }
  const decisions = outcomes
    .filter(({ target }) => target.record === record)
    .map((outcome): Decision => {
      const { rule, target, place, values } = outcome
      const hasPlace = isWritable(target, codec)
      const { value, note } = hasPlace ? fit(outcome) : {}
      // With `flat`, a member and a custom field of the same name are one target.
      const isTaken = codec === 'flat' && (written.member.has(target.name) || written.customField.has(target.name))
      const isFree = value !== undefined && !isTaken
      if (isFree) written[target.kind].set(target.name, value)
      const [whole, otherwise] =
        hasPlace && note === undefined ? (['written', 'overruled'] as const) : (['cut', 'left-out'] as const)
      return {
        rule,
        places: rule.from,
        place,
        values,
        target: rule.to,
        current: undefined,
        value: isFree ? value : undefined,
        outcome: place === undefined ? 'no-value' : isFree ? whole : otherwise,
        notes: note === undefined ? [] : [note],
      }
    })
  return {
    members: Object.fromEntries(written.member),
    customFields: Object.fromEntries(written.customField),
    decisions,
  }
}

/** Free text is cut. Digits and links are left out instead, because a part of them would be wrong. */
function fit({ rule, target, value, note }: FieldOutcome): Partial<Pick<FieldOutcome, 'value' | 'note'>> {
  if (value === undefined) return { note }
  const wanted = isTextMember(target) ? asText(value, rule.join) : value
  if (typeof wanted === 'number' || typeof wanted === 'boolean') return { value: wanted }
  const texts = typeof wanted === 'string' ? [wanted] : wanted
  const clipped = texts.map(text => clipText(text).text)
  const fitting = typeof wanted === 'string' ? clipped.join('') : clipped
  const length = Math.max(0, ...texts.map(text => text.length))
  if (length <= MAX_TEXT_LENGTH) return { value: fitting }
  const sizes = { rule: nameOfField(rule), length, limit: MAX_TEXT_LENGTH }
  const isWhole = rule.as === 'digits' || isLink(target) || texts.some(text => /^https?:\/\/\S+$/i.test(text))
  return isWhole ? { note: message('rule-too-long', sizes) } : { value: fitting, note: message('rule-cut', sizes) }
}

const asText = (value: FieldValue, join: string): string =>
  typeof value === 'object' ? value.join(join) : String(value)

const isLink = ({ record, kind, name }: FieldTarget): boolean =>
  record === 'lead' && kind === 'member' && links.has(name)
const links: ReadonlySet<string> = new Set(
  leadField.options.filter(field => leadFields[field].kind === 'link').map(memberOf),
)

/** What became of the value of a rule under `fields`. `kept`: TOTVS CRM keeps its value, because the tenant's `updates` say so. */
export interface FieldUse {
  /** What the timeline and the metrics call the rule. */
  readonly rule: string
  readonly outcome: 'written' | 'left-out' | 'kept'
}

/** How the rules with a value were used. A value that TOTVS CRM has already is not counted as a use. */
export const usesOf = (decisions: readonly Decision[]): readonly FieldUse[] =>
  decisions.flatMap(decision => {
    const { rule, outcome } = decision
    if (rule === undefined) return []
    if (isWritten(decision)) return { rule: nameOfField(rule), outcome: 'written' }
    return outcome === 'left-out' || outcome === 'kept' ? { rule: nameOfField(rule), outcome } : []
  })
