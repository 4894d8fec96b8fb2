import { type FieldValue, type TenantSettings, isRecord } from '@ponte/contracts'

/** How a tenant's CRM represents custom fields (none is documented: docs/vendors/totvs-crm.md#custom-fields). */
export type CustomFieldCodec = TenantSettings['totvsCrm']['customFields']

/**
 * The value of a custom field as text, in whichever representation the record has it: a map, a list, or a member of the
 * record itself. Empty when the field holds nothing, or is not among the custom fields that are there; undefined when the
 * record does not tell, as with contract versions that carry no custom fields. Names are
 * compared without case.
 */
export function readCustomField(customFields: unknown, record: unknown, name: string): string | undefined {
  const places = [
    ...(Array.isArray(customFields) ? listed(customFields, name) : members(customFields, name)),
    ...members(record, name),
    ...members(record, `custom_${name}`),
  ]
  const isLeftOut = places.length === 0 && (Array.isArray(customFields) || isRecord(customFields))
  return isLeftOut ? '' : places.map(readValue).find(text => text !== undefined)
}

/** The part of a body that sets these custom fields and nothing else, in the representation that the tenant configured. */
export const writeCustomFields = (
  codec: CustomFieldCodec,
  values: Readonly<Record<string, FieldValue>>,
): Record<string, unknown> => (Object.keys(values).length === 0 ? {} : writers[codec](values))

const writers: Record<CustomFieldCodec, (values: Readonly<Record<string, FieldValue>>) => Record<string, unknown>> = {
  map: values => ({ customFields: { ...values } }),
  list: values => ({ customFields: Object.entries(values).map(([name, value]) => ({ name, value })) }),
  flat: values => ({ ...values }),
}

const nameKeys = ['name', 'field', 'fieldName', 'key']

/** The values of the list's items of this name; an item may leave an empty value out. */
const listed = (items: readonly unknown[], name: string): unknown[] =>
  items.flatMap(item =>
    nameKeys.some(key => members(item, key).some(found => isNamed(found, name)))
      ? (members(item, 'value')[0] ?? null)
      : [],
  )

/** The values of the object's own members of this name, the one in the same case first. */
function members(object: unknown, name: string): unknown[] {
  if (!isRecord(object)) return []
  const entries = Object.entries(object).filter(([key]) => isNamed(key, name))
  return entries.toSorted(([one], [other]) => Number(other === name) - Number(one === name)).map(([, value]) => value)
}

/** Empty for nothing, undefined for what is no text. */
function readValue(place: unknown): string | undefined {
  const value = isRecord(place) && Object.hasOwn(place, 'value') ? place['value'] : place
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

const isNamed = (found: unknown, name: string): boolean =>
  typeof found === 'string' && found.toLowerCase() === name.toLowerCase()
