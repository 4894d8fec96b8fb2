import {
  type FieldTarget,
  type FieldValue,
  isTextMember,
  isWritable,
  type Message,
  message,
  type TargetRecord,
} from '@ponte/contracts'
import type { CustomFieldCodec } from '../custom-field.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'
import { type FieldOutcome, nameOfField } from './apply-rules.ts'

/** What rules put into a record: its members and its custom fields, each text of a length that TOTVS CRM accepts. */
export interface WrittenFields {
  readonly members: Readonly<Record<string, FieldValue>>
  readonly customFields: Readonly<Record<string, FieldValue>>
  readonly notes: readonly Message[]
}

/** The part of the outcomes that goes into one of the two records. A rule that would write what makes the record counts as none. */
export function fieldsOf(
  record: TargetRecord,
  outcomes: readonly FieldOutcome[],
  codec: CustomFieldCodec,
): WrittenFields {
  // Maps, because a custom field may be called like what every object has.
  const written = { member: new Map<string, FieldValue>(), customField: new Map<string, FieldValue>() }
  const notes: Message[] = []
  for (const outcome of outcomes) {
    const { target, value, note } = outcome
    if (target.record !== record || !isWritable(target, codec)) continue
    if (note !== undefined) notes.push(note)
    if (value === undefined) continue
    const fitting = fit(value, outcome)
    if (fitting.note !== undefined) notes.push(fitting.note)
    // Among the members of the record, a member and a custom field of one name are one target.
    const isTaken = codec === 'flat' && (written.member.has(target.name) || written.customField.has(target.name))
    if (fitting.value !== undefined && !isTaken) written[target.kind].set(target.name, fitting.value)
  }
  return {
    members: Object.fromEntries(written.member),
    customFields: Object.fromEntries(written.customField),
    notes,
  }
}

interface Fitting {
  readonly value?: FieldValue
  readonly note?: Message
}

/** Free text is cut. A number or an address is left out instead, because a part of it would be a wrong one. */
function fit(value: FieldValue, { rule, target }: FieldOutcome): Fitting {
  const wanted = isTextMember(target) ? asText(value, rule.join) : value
  if (typeof wanted === 'number' || typeof wanted === 'boolean') return { value: wanted }
  const texts = typeof wanted === 'string' ? [wanted] : wanted
  const clipped = texts.map(text => clipText(text).text)
  const fitting = typeof wanted === 'string' ? clipped.join('') : clipped
  const length = Math.max(0, ...texts.map(text => text.length))
  if (length <= MAX_TEXT_LENGTH) return { value: fitting }
  const sizes = { rule: nameOfField(rule), length, limit: MAX_TEXT_LENGTH }
  const isWhole = rule.as === 'digits' || isAddress(target) || texts.some(text => /^https?:\/\/\S+$/i.test(text))
  return isWhole ? { note: message('rule-too-long', sizes) } : { value: fitting, note: message('rule-cut', sizes) }
}

const asText = (value: FieldValue, join: string): string =>
  typeof value === 'object' ? value.join(join) : String(value)

const isAddress = ({ record, kind, name }: FieldTarget): boolean =>
  record === 'lead' && kind === 'member' && addresses.has(name)
const addresses: ReadonlySet<string> = new Set(['website', 'facebook', 'linkedin'])
