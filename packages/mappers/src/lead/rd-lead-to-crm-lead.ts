import {
  type Message,
  type CrmNewLead,
  type CrmVariables,
  PermanentFailure,
  type RegisteredLead,
} from '@ponte/contracts'
import { displayNameOf, readCrmLeadValues } from './crm-lead-values.ts'

/**
 * The lead as TOTVS CRM shall have it when it does not know the person yet. `notes` says what did not fit, without
 * personal data. See docs/vendors/totvs-crm.md#lead and docs/vendors/totvs-crm.md#variables-of-the-package.
 *
 * @throws PermanentFailure `LEAD_WITHOUT_IDENTITY` when neither e-mail nor phone is left.
 */
export function toCrmLead(
  lead: RegisteredLead,
  { variables, userId }: { variables: CrmVariables; userId: string },
): { lead: CrmNewLead; notes: Message[] } {
  const { values, notes } = readCrmLeadValues(lead)
  const { email, phone, mobilePhone, cityName, stateName } = values
  const name = displayNameOf(values)
  if (name === undefined || (email ?? phone ?? mobilePhone) === undefined) {
    throw new PermanentFailure('LEAD_WITHOUT_IDENTITY')
  }

  const phones = [
    ...(phone ? [{ number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main }] : []),
    ...(mobilePhone ? [{ number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile }] : []),
  ]
  return {
    lead: {
      name,
      ...(values.tradingName && { tradingName: values.tradingName }),
      ...(values.jobTitle && { jobTitle: values.jobTitle }),
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
      ...(values.website && { website: values.website }),
      ...(values.facebook && { facebook: values.facebook }),
      ...(values.linkedin && { linkedin: values.linkedin }),
    },
    notes,
  }
}
