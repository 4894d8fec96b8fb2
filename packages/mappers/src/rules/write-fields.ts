import { type CrmLead, type FieldValue, isRecord, type LeadRules, type Message, message } from '@ponte/contracts'
import { type CustomFieldCodec, readCustomField, writeCustomFields } from '../custom-field.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'
import { type FieldOutcome, nameOfField } from './apply-rules.ts'

/** What rules put into a record: its members and its custom fields, each text cut to what TOTVS CRM accepts. */
export interface WrittenFields {
  readonly members: Readonly<Record<string, FieldValue>>
  readonly customFields: Readonly<Record<string, FieldValue>>
  readonly notes: readonly Message[]
}

/** The part of the outcomes that goes into one of the two records. */
export function fieldsOf(record: 'lead' | 'opportunity', outcomes: readonly FieldOutcome[]): WrittenFields {
  const members: Record<string, FieldValue> = {}
  const customFields: Record<string, FieldValue> = {}
  const notes: Message[] = []
  for (const { target, rule, value, note } of outcomes) {
    if (target.record !== record) continue
    if (note !== undefined) notes.push(note)
    if (value === undefined) continue
    const fitted = fit(value)
    if (fitted !== value && typeof value === 'string')
      notes.push(message('rule-cut', { rule: nameOfField(rule), length: value.length, limit: MAX_TEXT_LENGTH }))
    const into = target.kind === 'member' ? members : customFields
    into[target.name] = fitted
  }
  return { members, customFields, notes }
}

const fit = (value: FieldValue): FieldValue => {
  if (typeof value === 'string') return clipText(value).text
  return typeof value === 'object' ? value.map(text => clipText(text).text) : value
}

/** What a new record gets of the rules. */
export const newFields = (
  { members, customFields }: WrittenFields,
  codec: CustomFieldCodec,
): Record<string, unknown> => ({ ...members, ...writeCustomFields(codec, customFields) })

/** What an update may write, of everything that it would write. */
export interface UpdatePolicy {
  readonly updates: LeadRules['updates']
  readonly existing: CrmLead
}

/**
 * Whether an update writes a target that differs (docs/fields-and-rules.md#updates), and otherwise the note that says so. `target`
 * without `lead.`, e.g. `jobTitle` or `customFields.cnpj`.
 */
export function mayUpdate(target: string, { updates, existing }: UpdatePolicy): Message | undefined {
  const mode = updates[target] ?? updates[`lead.${target}`] ?? 'always'
  if (mode === 'always') return undefined
  const isEmpty = isNothing(currentValue(target, existing))
  return mode === 'if-empty' && isEmpty ? undefined : message('update-kept', { rule: `lead.${target}`, mode })
}

/** What the lead holds at a target. Text for a custom field. */
export function currentValue(target: string, existing: CrmLead): unknown {
  const [first, ...others] = target.split('.')
  return first === 'customFields' && others.length > 0
    ? readCustomField(existing['customFields'], existing, others.join('.'))
    : existing[target]
}

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (typeof value === 'string' && value.trim() === '') ||
  (Array.isArray(value) && value.length === 0)

/**
 * Custom fields that differ, as an update writes them: with all that the lead has, because nobody knows whether an update replaces
 * them as a whole (docs/vendors/totvs-crm.md#custom-fields). Empty when none differs.
 */
export function changedCustomFields(
  wanted: Readonly<Record<string, FieldValue>>,
  existing: CrmLead,
  codec: CustomFieldCodec,
): Record<string, unknown> {
  const changed = Object.entries(wanted).filter(
    ([name, value]) => !isSame(value, currentValue(`customFields.${name}`, existing)),
  )
  if (changed.length === 0) return {}
  const body = writeCustomFields(codec, Object.fromEntries(changed))
  const kept = existing['customFields']
  if (codec === 'map' && isRecord(kept)) return { customFields: { ...kept, ...Object.fromEntries(changed) } }
  if (codec === 'list' && Array.isArray(kept)) return { customFields: mergeList(kept, changed) }
  return body
}

function mergeList(kept: readonly unknown[], changed: readonly (readonly [string, FieldValue])[]): unknown[] {
  const remaining = new Map(changed.map(([name, value]) => [name.toLowerCase(), { name, value }]))
  const merged = kept.map(item => {
    const name = isRecord(item) && typeof item['name'] === 'string' ? item['name'].toLowerCase() : undefined
    const wanted = name === undefined ? undefined : remaining.get(name)
    if (name === undefined || wanted === undefined || !isRecord(item)) return item
    remaining.delete(name)
    return { ...item, value: wanted.value }
  })
  return [...merged, ...remaining.values()]
}

/** `1` and `"1"` are one value: the CRM may store a number as text. */
export function isSame(wanted: FieldValue, stored: unknown): boolean {
  if (typeof wanted === 'object')
    return Array.isArray(stored)
      ? wanted.length === stored.length && wanted.every((text, index) => text === stored[index])
      : false
  return (
    (typeof stored === 'string' || typeof stored === 'number' || typeof stored === 'boolean') &&
    String(stored).trim() === String(wanted).trim()
  )
}
