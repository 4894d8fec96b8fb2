import {
  type CrmLead,
  hasAnyEmail,
  isBlank,
  isRecord,
  type LeadRules,
  type Message,
  message,
  usablePhoneDigits,
  type Conversion,
  convertValues,
  type FieldValue,
} from '@ponte/contracts'
import { type CustomFieldCodec, customFieldValue } from '../custom-field.ts'
import { samePhone } from '../text/same-phone.ts'

/** What an update may write, and the lead as it is in TOTVS CRM. */
export interface UpdatePolicy {
  readonly updates: LeadRules['updates']
  /** What would always be written is written only where nothing is. */
  readonly fillsOnly?: boolean
  readonly existing: CrmLead
  readonly codec: CustomFieldCodec
}

/**
 * Why an update does not write a target whose value differs; undefined when it does (docs/fields-and-rules.md#updates). `target` has no
 * `lead.` before it, e.g. `jobTitle` or `customFields.cnpj`.
 */
export function reasonToKeep(target: string, policy: UpdatePolicy): Message | undefined {
  const { updates, fillsOnly = false } = policy
  const name = Object.keys(updates).find(each => isSameTarget(each, target))
  const mode = name === undefined ? 'always' : (updates[name] ?? 'always')
  if (mode === 'always' && fillsOnly)
    return isEmpty(target, policy) ? undefined : message('update-fills-only', { rule: `lead.${target}` })
  if (mode === 'always' || (mode === 'if-empty' && isEmpty(target, policy))) return undefined
  return message('update-kept', { rule: `lead.${target}`, mode })
}

/** Names of custom fields are compared without case: two rules may write one field under two spellings. */
function isSameTarget(name: string, target: string): boolean {
  const named = name.replace(/^lead\./, '')
  return named === target || (isCustom(target) && named.toLowerCase() === target.toLowerCase())
}
const isCustom = (target: string): boolean => target.startsWith('customFields.')

/**
 * What the lead holds at a target. Custom fields are read only where the tenant's CRM has them, because elsewhere a member of the same name
 * means something else.
 */
export function currentValue(target: string, { existing, codec }: Pick<UpdatePolicy, 'existing' | 'codec'>): unknown {
  const [, name] = /^customFields\.(.+)$/s.exec(target) ?? []
  if (name === undefined) return existing[target] ?? existing.asStored[target]
  return codec === 'flat'
    ? customFieldValue(undefined, existing, name)
    : customFieldValue(existing['customFields'], undefined, name)
}

/** Whether nobody in the CRM has given a value. A custom field that the CRM does not return counts as empty. */
function isEmpty(target: string, policy: UpdatePolicy): boolean {
  const { name, emails, phones, asStored } = policy.existing
  // An e-mail or a phone in place of a name, or digits typed to get past a form, are not a person's correction.
  if (target === 'name' && name !== undefined)
    return (
      emails.some(({ email }) => email.toLowerCase() === name.toLowerCase()) ||
      (!/\p{L}/u.test(name) && phones.some(({ number }) => samePhone(number, name)))
    )
  if (target === 'emails') return !hasAnyEmail(policy.existing)
  if (target === 'phones') return isListEmpty(asStored['phones'], ['number'], isNoPhone)
  if (target === 'addresses') return isListEmpty(asStored['addresses'], ['cityName', 'stateName'])
  return isBlank(currentValue(target, policy))
}

/**
 * Whether the entries of a list have only blanks in these members. If it is not a list, or an entry is not an object, that value itself is
 * checked.
 */
function isListEmpty(list: unknown, members: readonly string[], isEmptyValue = isBlank): boolean {
  if (!Array.isArray(list)) return isEmptyValue(list)
  return list.every((entry: unknown) =>
    isRecord(entry) ? members.every(member => isEmptyValue(entry[member])) : isEmptyValue(entry),
  )
}

const isNoPhone = (value: unknown): boolean =>
  typeof value === 'string' || typeof value === 'number'
    ? usablePhoneDigits(String(value)) === undefined
    : isBlank(value)

/**
 * Whether TOTVS CRM holds a value already, however it stores it: a number or a boolean as text, a date with a time, a list in another
 * order. Otherwise each conversion would write it again.
 */
export function isSameValue(wanted: FieldValue, stored: unknown): boolean {
  if (typeof wanted === 'object' || Array.isArray(stored)) return haveSameItems(listOf(wanted), listOf(stored))
  if (!isScalar(stored)) return false
  if (asText(stored) === asText(wanted)) return true
  const as = kindOf(wanted, stored)
  if (as === undefined) return false
  const [one, other] = [wanted, stored].map(value => convertValues([asText(value)], { as, join: '' }))
  return one !== undefined && other !== undefined && 'value' in one && 'value' in other && one.value === other.value
}

type Scalar = string | number | boolean
const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)

const asText = (value: unknown): string => (isScalar(value) ? String(value).trim() : '')

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value])

const haveSameItems = (wanted: readonly unknown[], stored: readonly unknown[]): boolean =>
  wanted.length === stored.length &&
  stored.every(isScalar) &&
  wanted.map(asText).toSorted().join('\0') === stored.map(asText).toSorted().join('\0')

/** The type by which the two are compared when their texts differ. */
function kindOf(wanted: Scalar, stored: Scalar): Extract<Conversion, 'boolean' | 'number' | 'date'> | undefined {
  const kinds = [typeof wanted, typeof stored]
  if (kinds.includes('boolean')) return 'boolean'
  if (kinds.includes('number')) return 'number'
  return /^\d{4}-\d{2}-\d{2}$/.test(asText(wanted)) ? 'date' : undefined
}
