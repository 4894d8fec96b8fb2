import {
  type FieldTarget,
  type FieldValue,
  isTextMember,
  isWritable,
  leadField,
  leadFields,
  memberOf,
  type Message,
  message,
  type TargetRecord,
} from '@ponte/contracts'
import type { CustomFieldCodec } from '../custom-field.ts'
import type { Decision } from '../decision.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'
import { type FieldOutcome, nameOfField } from './apply-rules.ts'

/** What rules put into a record: its members and its custom fields, each text of a length that TOTVS CRM accepts. */
export interface WrittenFields {
  readonly members: Readonly<Record<string, FieldValue>>
  readonly customFields: Readonly<Record<string, FieldValue>>
  /** One decision for each rule of the record, in their order. */
  readonly decisions: readonly Decision[]
}

/** The outcomes that go into one of the two records. A rule whose target Ponte reserves for itself writes nothing. */
export function fieldsOf(
  record: TargetRecord,
  outcomes: readonly FieldOutcome[],
  codec: CustomFieldCodec,
): WrittenFields {
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
      const isWritten = value !== undefined && !isTaken
      if (isWritten) written[target.kind].set(target.name, value)
      const [whole, otherwise] =
        hasPlace && note === undefined ? (['written', 'overruled'] as const) : (['cut', 'left-out'] as const)
      return {
        rule,
        places: rule.from,
        place,
        values,
        target: rule.to,
        current: undefined,
        value: isWritten ? value : undefined,
        outcome: place === undefined ? 'no-value' : isWritten ? whole : otherwise,
        notes: note === undefined ? [] : [note],
      }
    })
  return {
    members: Object.fromEntries(written.member),
    customFields: Object.fromEntries(written.customField),
    decisions,
  }
}

interface Fitting {
  readonly value?: FieldValue | undefined
  readonly note?: Message | undefined
}

/** Free text is cut. Digits and links are left out instead, because a part of them would be wrong. */
function fit({ rule, target, value, note }: FieldOutcome): Fitting {
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
