import { type DoctorFindings } from '../doctor-investigation.ts'
import { customFieldsOf } from '../crm/custom-fields-shown.ts'
import type { TotvsCrmClient } from '@ponte/clients'
import type { TenantSettings } from '@ponte/contracts'

/** What the workers remember: the last opportunity that did not show the text they wrote. */
export interface StatusFieldMemory {
  unreadableAt(): Promise<string | undefined>
}

/**
 * Do opportunities have the field for failed marks, in the configured form? Decided by existing opportunities. TOTVS CRM may omit empty
 * fields, so the field is certainly missing only if other empty fields are shown.
 */
export async function checkStatusField(
  findings: DoctorFindings,
  { statusRd: { field }, totvsCrm }: TenantSettings,
  { crm, statusField }: { readonly crm: TotvsCrmClient; readonly statusField: StatusFieldMemory },
): Promise<void> {
  const options = { needs: ['crm-login'], facts: { setting: 'totvsCrm.resources.opportunity' } } as const
  await findings.check('crm-status-field', options, async found => {
    // Without Redis, nothing is known about what the workers found.
    const unreadable = findings.lackOf('redis') === undefined ? await statusField.unreadableAt() : undefined
    if (unreadable !== undefined) found('CRM_STATUS_FIELD_UNREADABLE', { field, opportunity: unreadable })
    const opportunities = await crm.sampleOpportunities()
    const facts = { field, opportunities: opportunities.length }
    const seen = opportunities.flatMap(customFieldsOf)
    const form = seen.find(({ names }) => names.some(name => name.toLowerCase() === field.toLowerCase()))?.form
    const areEmptyShown = seen.some(
      shown => shown.hasEmpty && (shown.form !== 'flat' || totvsCrm.customFields === 'flat'),
    )
    if (form === totvsCrm.customFields) return
    if (form !== undefined)
      found('CRM_CUSTOM_FIELDS_FORM', {
        setting: 'totvsCrm.customFields',
        found: totvsCrm.customFields,
        wanted: form,
      })
    else if (areEmptyShown) found('CRM_STATUS_FIELD_MISSING', facts)
    else if (unreadable === undefined)
      found(opportunities.length === 0 ? 'NO_OPPORTUNITY' : 'STATUS_FIELD_NOT_SHOWN', facts)
  })
}
