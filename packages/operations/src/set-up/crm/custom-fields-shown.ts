import { isRecord, type TenantSettings } from '@ponte/contracts'

/** The custom fields of a record in one of the forms that they may have. */
export interface Shown {
  readonly form: TenantSettings['totvsCrm']['customFields']
  readonly names: readonly string[]
  /** The record shows a field without a value. */
  readonly hasEmpty: boolean
}

/**
 * The custom fields of a record, read in each of the three possible forms (docs/vendors/totvs-crm.md#custom-fields). As `flat`, the names
 * include those of its other members.
 */
export function customFieldsOf(record: Readonly<Record<string, unknown>>): readonly Shown[] {
  const { customFields, ...members } = record
  const flat = shownAs(
    'flat',
    Object.entries(members).map(([name, value]) => [name.replace(/^custom_/i, ''), value]),
  )
  if (Array.isArray(customFields)) return [shownAs('list', customFields.flatMap(fieldsOfItem)), flat]
  if (isRecord(customFields)) return [shownAs('map', Object.entries(customFields)), flat]
  return [flat]
}

type Field = readonly [name: string, value: unknown]

const shownAs = (form: Shown['form'], fields: readonly Field[]): Shown => ({
  form,
  names: fields.map(([name]) => name),
  hasEmpty: fields.some(([, value]) => value === null || value === ''),
})

const fieldsOfItem = (item: unknown): Field[] =>
  isRecord(item)
    ? ['name', 'field', 'fieldName', 'key'].flatMap(key => {
        const name = item[key]
        return typeof name === 'string' ? [[name, item['value'] ?? null] satisfies Field] : []
      })
    : []
