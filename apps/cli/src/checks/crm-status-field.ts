import type { CrmOpportunity, TenantSettings } from '@ponte/contracts'
import type { Crm } from './crm.ts'
import { attempt, type Finding, fine, unknown, wrong } from './finding.ts'

const CHECK = 'crm-status-field'

/**
 * Does an opportunity have the field that failed marks are written into, and in the form that is configured? Told by the
 * records that are there: where there are none, or none shows custom fields, nobody can say.
 */
export function checkStatusField({ statusRd, totvsCrm }: TenantSettings, crm: Crm): Promise<readonly Finding[]> {
  return attempt(CHECK, { setting: 'totvsCrm.resources.opportunity' }, async () => {
    const opportunities = await crm.sampleOpportunities()
    if (opportunities.length === 0) return [unknown(CHECK, 'NO_OPPORTUNITY')]
    const facts = { field: statusRd.field, opportunities: opportunities.length }
    const seen = opportunities.flatMap(customFieldsOf)
    const form = seen.find(({ names }) => names.some(name => isSame(name, statusRd.field)))?.form
    if (form === undefined) {
      const told = seen.some(({ form }) => form !== 'flat') || totvsCrm.customFields === 'flat'
      return [told ? wrong(CHECK, 'CRM_STATUS_FIELD_MISSING', facts) : unknown(CHECK, 'CUSTOM_FIELDS_NOT_SHOWN', facts)]
    }
    if (form === totvsCrm.customFields) return [fine(CHECK)]
    return [
      wrong(CHECK, 'CRM_CUSTOM_FIELDS_FORM', {
        setting: 'totvsCrm.customFields',
        found: totvsCrm.customFields,
        wanted: form,
      }),
    ]
  })
}

interface Shown {
  readonly form: TenantSettings['totvsCrm']['customFields']
  readonly names: readonly string[]
}

/** The custom fields that a record shows, in each of the three forms (reference totvs-crm.md §9.4: none is documented). */
function customFieldsOf(record: CrmOpportunity): readonly Shown[] {
  const { customFields } = record
  const flat: Shown = { form: 'flat', names: Object.keys(record).map(name => name.replace(/^custom_/i, '')) }
  if (Array.isArray(customFields)) return [{ form: 'list', names: customFields.flatMap(nameOfItem) }, flat]
  if (isObject(customFields)) return [{ form: 'map', names: Object.keys(customFields) }, flat]
  return [flat]
}

const nameOfItem = (item: unknown): string[] =>
  isObject(item)
    ? ['name', 'field', 'fieldName', 'key'].map(key => item[key]).filter(name => typeof name === 'string')
    : []

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
