import type { CrmOpportunity, TenantSettings } from '@ponte/contracts'
import type { Crm } from './crm.ts'
import { runCheck, type CheckResult, passed, notCheckable, failed } from './check-result.ts'

const CHECK = 'crm-status-field'

/**
 * Does an opportunity have the field that failed marks are written into, and in the form that is configured? Told by the
 * records that are there. A CRM may leave an empty field out: that the field is missing is certain only where others are shown empty.
 */
export function checkStatusField(
  { statusRd, totvsCrm }: TenantSettings,
  crm: Crm,
  { unreadableAt }: StatusFieldMemory,
): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, { setting: 'totvsCrm.resources.opportunity' }, async () => {
    const opportunity = await unreadableAt()
    const found = lookAt({ statusRd, totvsCrm }, await crm.sampleOpportunities())
    if (opportunity === undefined) return [found]
    const unreadable = failed(CHECK, 'CRM_STATUS_FIELD_UNREADABLE', { field: statusRd.field, opportunity })
    return found.status === 'problem' ? [unreadable, found] : [unreadable]
  })
}

function lookAt(
  { statusRd, totvsCrm }: Pick<TenantSettings, 'statusRd' | 'totvsCrm'>,
  opportunities: readonly CrmOpportunity[],
): CheckResult {
  if (opportunities.length === 0) return notCheckable(CHECK, 'NO_OPPORTUNITY')
  const facts = { field: statusRd.field, opportunities: opportunities.length }
  const seen = opportunities.flatMap(customFieldsOf)
  const form = seen.find(({ names }) => names.some(name => isSame(name, statusRd.field)))?.form
  if (form === undefined) {
    const areEmptyShown = seen.some(
      shown => shown.hasEmpty && (shown.form !== 'flat' || totvsCrm.customFields === 'flat'),
    )
    return areEmptyShown
      ? failed(CHECK, 'CRM_STATUS_FIELD_MISSING', facts)
      : notCheckable(CHECK, 'STATUS_FIELD_NOT_SHOWN', facts)
  }
  if (form === totvsCrm.customFields) return passed(CHECK)
  return failed(CHECK, 'CRM_CUSTOM_FIELDS_FORM', {
    setting: 'totvsCrm.customFields',
    found: totvsCrm.customFields,
    wanted: form,
  })
}

/** What the workers found: the last opportunity that did not show what was written into it. */
export interface StatusFieldMemory {
  unreadableAt(): Promise<string | undefined>
}

interface Shown {
  readonly form: TenantSettings['totvsCrm']['customFields']
  readonly names: readonly string[]
  /** Shows a field that has no value. */
  readonly hasEmpty: boolean
}

/** The custom fields that a record shows, in each of the three forms (reference totvs-crm.md §9.4: none is documented). */
function customFieldsOf(record: CrmOpportunity): readonly Shown[] {
  const { customFields, ...members } = record
  const flat = shownAs(
    'flat',
    Object.entries(members).map(([name, value]) => [name.replace(/^custom_/i, ''), value]),
  )
  if (Array.isArray(customFields)) return [shownAs('list', customFields.flatMap(fieldsOfItem)), flat]
  if (isObject(customFields)) return [shownAs('map', Object.entries(customFields)), flat]
  return [flat]
}

type Field = readonly [name: string, value: unknown]

const shownAs = (form: Shown['form'], fields: readonly Field[]): Shown => ({
  form,
  names: fields.map(([name]) => name),
  hasEmpty: fields.some(([, value]) => value === null || value === ''),
})

const fieldsOfItem = (item: unknown): Field[] =>
  isObject(item)
    ? ['name', 'field', 'fieldName', 'key'].flatMap(key => {
        const name = item[key]
        return typeof name === 'string' ? [[name, item['value'] ?? null] satisfies Field] : []
      })
    : []

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
