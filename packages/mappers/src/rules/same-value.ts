import { type Conversion, convertValues, type FieldValue } from '@ponte/contracts'

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
