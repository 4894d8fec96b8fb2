import {
  type Message,
  type CrmNewLead,
  type CrmVariables,
  type LeadRules,
  PermanentFailure,
  type RegisteredLead,
  type TenantSettings,
} from '@ponte/contracts'
import { type CustomFieldCodec, writeCustomFields } from '../custom-field.ts'
import { applyFields, type FieldOutcome } from '../rules/apply-rules.ts'
import type { RuleInput } from '../rules/rule-input.ts'
import { fieldsOf, type FieldUse } from '../rules/write-fields.ts'
import { displayNameOf, memberTexts, readCrmLeadValues } from './crm-lead-values.ts'

/** What a tenant's settings make of a lead, besides its own values. */
export interface LeadWriting {
  readonly variables: CrmVariables
  /** What the tenant's rules put into records. */
  readonly fields: readonly FieldOutcome[]
  readonly codec: CustomFieldCodec
  readonly updates: LeadRules['updates']
}

export const leadWritingOf = (
  input: RuleInput,
  { variables, fields, updates, totvsCrm }: TenantSettings,
): LeadWriting => ({ variables, updates, codec: totvsCrm.customFields, fields: applyFields(fields, input) })

/**
 * The lead as TOTVS CRM shall have it when it does not know the person yet. `notes` says what did not fit, without
 * personal data; `uses` what became of the tenant's rules. See docs/vendors/totvs-crm.md#lead and docs/vendors/totvs-crm.md#variables-of-the-package.
 *
 * @throws PermanentFailure `LEAD_WITHOUT_IDENTITY` when neither e-mail nor phone is left.
 */
export function toCrmLead(
  lead: RegisteredLead,
  { variables, fields, codec, userId }: Omit<LeadWriting, 'updates'> & { userId: string },
): { lead: CrmNewLead; notes: Message[]; uses: readonly FieldUse[] } {
  const { values, notes } = readCrmLeadValues(lead)
  const { email, phone, mobilePhone, city: cityName, state: stateName } = values
  const name = displayNameOf(values)
  if (name === undefined || (email ?? phone ?? mobilePhone) === undefined) {
    throw new PermanentFailure('LEAD_WITHOUT_IDENTITY')
  }

  const phones = [
    ...(phone ? [{ number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main }] : []),
    ...(mobilePhone ? [{ number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile }] : []),
  ]
  const written = fieldsOf('lead', fields, codec)
  return {
    lead: {
      ...memberTexts(values),
      name,
      ...(values.externalId && { externalId: values.externalId }),
      leadSituationId: variables.totvs_crm_leadsituationid,
      leadOriginId: variables.totvs_crm_leadoriginid,
      type: 'LEAD',
      userId,
      emails: email ? [{ email, emailTypeId: variables.totvs_crm_emailtypeid, standard: true }] : [],
      phones: phones.map((entry, index) => ({ ...entry, standard: index === 0 })),
      addresses:
        cityName || stateName
          ? [
              {
                addressType: { id: variables.totvs_crm_addresstypeid },
                ...(cityName && { cityName }),
                ...(stateName && { stateName }),
              },
            ]
          : [],
      ...written.members,
      ...writeCustomFields(codec, written.customFields),
    },
    notes: [...notes, ...written.notes],
    uses: written.uses,
  }
}
