import { type FieldValue, type TenantSettings, isRecord } from '@ponte/contracts'

/** How a tenant's CRM represents custom fields (none is documented: docs/vendors/totvs-crm.md#custom-fields). */
export type CustomFieldCodec = TenantSettings['totvsCrm']['customFields']

/**
 * The value of a custom field as text, from any representation that the record has: a map, a list, or a member of the record itself. Empty
 * when the field holds nothing, or is not among the custom fields that are there. Undefined when the record has no custom fields at all, as
 * in some contract versions. Names are compared without case.
 */
export function readCustomField(customFields: unknown, record: unknown, name: string): string | undefined {
  const places = placesOf(customFields, record, name)
  const isLeftOut = places.length === 0 && (Array.isArray(customFields) || isRecord(customFields))
  return isLeftOut ? '' : places.map(asText).find(text => text !== undefined)
}

/** The value as it is stored: a text, a number, a boolean, or a list. Undefined or `null` when the field holds nothing. */
export const customFieldValue = (customFields: unknown, record: unknown, name: string): unknown =>
  placesOf(customFields, record, name).find(value => Array.isArray(value) || asText(value) !== undefined)

const placesOf = (customFields: unknown, record: unknown, name: string): unknown[] =>
  [
    ...(Array.isArray(customFields) ? listed(customFields, name) : members(customFields, name)),
    ...members(record, name),
    ...members(record, `custom_${name}`),
  ].map(place => (isRecord(place) && Object.hasOwn(place, 'value') ? place['value'] : place))

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

/**
 * Like `writeCustomFields`, together with all custom fields that the record has, because nobody knows whether an update replaces them as a
 * whole (docs/vendors/totvs-crm.md#custom-fields). A field that exists keeps its name and everything else that the CRM says about it.
 */
export function mergeCustomFields(
  codec: CustomFieldCodec,
  kept: unknown,
  values: Readonly<Record<string, FieldValue>>,
): Record<string, unknown> {
  const wanted = Object.entries(values)
  if (wanted.length > 0 && codec === 'map' && isRecord(kept)) return { customFields: mergeMap(kept, wanted) }
  if (wanted.length > 0 && codec === 'list' && Array.isArray(kept)) return { customFields: mergeList(kept, wanted) }
  return writeCustomFields(codec, values)
}

type Entries = readonly (readonly [name: string, value: FieldValue])[]

function mergeMap(kept: Readonly<Record<string, unknown>>, wanted: Entries): Record<string, unknown> {
  const names = Object.keys(kept)
  const nameOf = (name: string): string =>
    names.includes(name) ? name : (names.find(each => isNamed(each, name)) ?? name)
  return Object.fromEntries([...Object.entries(kept), ...wanted.map(([name, value]) => [nameOf(name), value] as const)])
}

function mergeList(kept: readonly unknown[], wanted: Entries): unknown[] {
  const changed = new Map<unknown, FieldValue>()
  const added: Record<string, unknown>[] = []
  for (const [name, value] of wanted) {
    const item = kept.find(each => isItemOf(each, name))
    if (item === undefined) added.push({ name, value })
    else changed.set(item, value)
  }
  return [
    ...kept.map(item => (isRecord(item) && changed.has(item) ? { ...item, value: changed.get(item) } : item)),
    ...added,
  ]
}

const nameKeys = ['name', 'field', 'fieldName', 'key']

const isItemOf = (item: unknown, name: string): boolean =>
  nameKeys.some(key => members(item, key).some(found => isNamed(found, name)))

/** The values of the list's items of this name. An item may leave out an empty value. */
const listed = (items: readonly unknown[], name: string): unknown[] =>
  items.filter(item => isItemOf(item, name)).map(item => members(item, 'value')[0] ?? null)

/** The values of the object's own members of this name. The one in the same case comes first. */
function members(object: unknown, name: string): unknown[] {
  if (!isRecord(object)) return []
  const entries = Object.entries(object).filter(([key]) => isNamed(key, name))
  return entries.toSorted(([one], [other]) => Number(other === name) - Number(one === name)).map(([, value]) => value)
}

/** Empty for nothing, undefined for a value that is no text. */
function asText(value: unknown): string | undefined {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value.trim()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

const isNamed = (found: unknown, name: string): boolean =>
  typeof found === 'string' && found.toLowerCase() === name.toLowerCase()
