import type { TotvsCrmClient } from '@ponte/clients'
import type { CrmOpportunity, TenantSettings } from '@ponte/contracts'
import { runCheck, type CheckResult, passed, notCheckable, failed } from './check-result.ts'
import { customFieldsOf } from './custom-fields-shown.ts'

const CHECK = 'crm-status-field'

/**
 * Do opportunities have the field for failed marks, in the configured form? Decided by existing opportunities. TOTVS CRM may omit empty
 * fields, so the field is certainly missing only if other empty fields are shown.
 */
export function checkStatusField(
  { statusRd, totvsCrm }: TenantSettings,
  crm: TotvsCrmClient,
  { unreadableAt }: StatusFieldMemory,
): Promise<readonly CheckResult[]> {
  return runCheck(CHECK, { setting: 'totvsCrm.resources.opportunity' }, async () => {
    const opportunity = await unreadableAt()
    const found = judge({ statusRd, totvsCrm }, await crm.sampleOpportunities())
    if (opportunity === undefined) return [found]
    const unreadable = failed(CHECK, 'CRM_STATUS_FIELD_UNREADABLE', { field: statusRd.field, opportunity })
    return found.status === 'problem' ? [unreadable, found] : [unreadable]
  })
}

function judge(
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

/** What the workers remember: the last opportunity that did not show the text they wrote. */
export interface StatusFieldMemory {
  unreadableAt(): Promise<string | undefined>
}

const isSame = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
