import { isRecord } from '@ponte/contracts'
import { type JsonObject } from '../json.ts'
import { crmRefusals } from './errors.ts'
import type { CrmSettings, CrmTenant, RecordKind } from './tenant.ts'
import type { CrmRecord } from './record-index.ts'

/** The names of the custom fields that records of a kind have. */
export function fieldsOf({ settings }: CrmTenant, kind: RecordKind): readonly string[] {
  if (kind === 'opportunity') return settings.opportunityFields
  return kind === 'lead' ? settings.leadFields : []
}

/** Separates the custom fields of a body, which are in the tenant's form. Refuses unknown fields. */
export function takeCustomFields(
  tenant: CrmTenant,
  kind: RecordKind,
  body: JsonObject,
): { values: JsonObject; customFields: JsonObject } {
  const known = fieldsOf(tenant, kind)
  const { values, customFields: given } = split(tenant, body, known)
  // What is read may be written back, under the names that are shown.
  const isShownOnly = (name: string): boolean =>
    tenant.settings.customFieldsShown === 'renamed' && known.some(each => renamed(each) === name)
  const customFields = Object.fromEntries(Object.entries(given).filter(([name]) => !isShownOnly(name)))
  const unknown = Object.keys(customFields).filter(name => !known.includes(name))
  if (unknown.length > 0) throw crmRefusals.invalid(unknown.map(name => `${name}: campo customizado não existe.`))
  const isTooLong = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(isTooLong) : typeof value === 'string' && value.length > 255
  const tooLong = Object.entries(customFields).filter(([, value]) => isTooLong(value))
  if (tooLong.length > 0) throw crmRefusals.invalid(tooLong.map(([name]) => `${name}: limite de 255 caracteres.`))
  if (tenant.settings.refuseStatusRd && 'statusRD' in customFields) {
    throw crmRefusals.badRequest('Uma regra de validação impede a alteração da oportunidade.')
  }
  return { values, customFields }
}

/** A sentence for each custom field that the tenant requires of a new lead and that has no value. */
export const missingFields = ({ settings }: CrmTenant, customFields: JsonObject): readonly string[] =>
  settings.requiredLeadFields
    .filter(name => (customFields[name] ?? '') === '')
    .map(name => `O campo personalizado ${name} é obrigatório.`)

function split(
  { settings }: CrmTenant,
  body: JsonObject,
  known: readonly string[],
): { values: JsonObject; customFields: JsonObject } {
  if (settings.customFieldForm === 'flat') {
    const entries = Object.entries(body)
    return {
      values: Object.fromEntries(entries.filter(([name]) => !known.includes(name))),
      customFields: Object.fromEntries(entries.filter(([name]) => known.includes(name))),
    }
  }
  const { customFields: given = settings.customFieldForm === 'map' ? {} : [], ...values } = body
  if (settings.customFieldForm === 'map' && isRecord(given)) return { values, customFields: given }
  if (settings.customFieldForm === 'list' && Array.isArray(given)) {
    const entries = given.filter(isRecord).map(({ name, value }): [string, unknown] => [String(name), value])
    return { values, customFields: Object.fromEntries(entries) }
  }
  throw crmRefusals.invalid(['customFields: representação inválida.'])
}

/** The members that show a record's custom fields, in the tenant's form. A field without a value is null. */
export function presentCustomFields(
  tenant: CrmTenant,
  kind: RecordKind,
  { customFields, customFieldsBefore = {} }: Pick<CrmRecord, 'customFields' | 'customFieldsBefore'>,
): JsonObject {
  const { customFieldsShown, customFieldForm } = tenant.settings
  if (customFieldsShown === 'null') return customFieldForm === 'flat' ? {} : { customFields: null }
  const values = customFieldsShown === 'stale' ? customFieldsBefore : customFields
  const names = customFieldsShown === 'not-at-all' ? [] : fieldsOf(tenant, kind)
  const show = distortions[customFieldsShown] ?? String
  const all = Object.fromEntries(
    names.map(name => {
      const value = values[name] ?? null
      return [customFieldsShown === 'renamed' ? renamed(name) : name, typeof value === 'string' ? show(value) : value]
    }),
  )
  if (tenant.settings.customFieldForm === 'flat') return all
  if (tenant.settings.customFieldForm === 'map') return { customFields: all }
  return { customFields: Object.entries(all).map(([name, value]) => ({ name, value })) }
}

const renamed = (name: string): string => `${name}_1`

const distortions: Partial<Record<CrmSettings['customFieldsShown'], (text: string) => string>> = {
  cut: text => text.slice(0, 20),
  'upper-case': text => text.toUpperCase(),
  escaped: text => `<p>${text.replaceAll(/[^\w\s:.;,]/g, character => `&#${character.codePointAt(0)};`)}</p>`,
}
