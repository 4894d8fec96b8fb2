import {
  type CrmNewLead,
  type CrmVariables,
  type LeadImport,
  type LeadRules,
  PermanentFailure,
  type RegisteredLead,
  type RuleInput,
  type TenantSettings,
} from '@ponte/contracts'
import { type CustomFieldCodec, writeCustomFields } from '../custom-field.ts'
import { type Decision, overruledBy } from '../decision.ts'
import { applyFields, type FieldOutcome } from '../rules/apply-rules.ts'
import { fieldsOf } from '../rules/write-fields.ts'
import { displayFieldOf, memberTexts, readCrmLeadValues } from './crm-lead-values.ts'

/** What a tenant's settings add to the lead's own values. */
export interface LeadWriting {
  readonly variables: CrmVariables
  /** What the tenant's rules put into records. */
  readonly fields: readonly FieldOutcome[]
  readonly codec: CustomFieldCodec
  readonly updates: LeadRules['updates']
  /** Only what is empty in TOTVS CRM is written. */
  readonly fillsOnly?: boolean
}

type NewLeadWriting = Omit<LeadWriting, 'updates' | 'fillsOnly'>

export const leadWritingOf = (
  input: RuleInput & { readonly import?: LeadImport | undefined },
  { variables, fields, updates, totvsCrm }: TenantSettings,
): LeadWriting => ({
  variables,
  updates,
  codec: totvsCrm.customFields,
  fields: applyFields(fields, input),
  ...(input.import?.isUndated === true && { fillsOnly: true }),
})

/** What becomes of each value when TOTVS CRM does not know the person yet (docs/vendors/totvs-crm.md#variables-of-the-package). */
export function decideNewLead(lead: RegisteredLead, { variables, fields, codec }: NewLeadWriting) {
  const { values, decisions } = readCrmLeadValues(lead)
  const ruled = fieldsOf('lead', fields, codec)
  const naming = decisions.find(({ place }) => place !== undefined && place === displayFieldOf(values))
  const own = decisions.map(decision =>
    naming !== undefined && decision.target === 'lead.name'
      ? { ...naming, places: decision.places, target: decision.target }
      : decision,
  )
  const ofVariables = ofNewLeads.map(([member, variable]): Decision => ({
    rule: undefined,
    places: [variable],
    place: variable,
    values: [],
    target: `lead.${member}`,
    value: variables[variable],
    current: undefined,
    outcome: 'written',
    notes: [],
  }))
  return {
    values,
    ruled,
    decisions: [...overruledBy([...own, ...ofVariables], ruled.members), ...ruled.decisions],
  }
}

/** The tenant's variables that a new lead gets, besides types of e-mails, phones and addresses. */
const ofNewLeads = [
  ['leadSituationId', 'totvs_crm_leadsituationid'],
  ['leadOriginId', 'totvs_crm_leadoriginid'],
] as const

/**
 * The lead as Ponte creates it when TOTVS CRM does not know the person yet. See docs/vendors/totvs-crm.md#lead.
 *
 * @throws PermanentFailure `LEAD_WITHOUT_IDENTITY` when neither e-mail nor phone is left.
 */
export function toCrmLead(
  registered: RegisteredLead,
  { userId, ...writing }: NewLeadWriting & { readonly userId: string },
): { readonly lead: CrmNewLead; readonly decisions: readonly Decision[] } {
  const { variables, codec } = writing
  const { values, ruled, decisions } = decideNewLead(registered, writing)
  const { email, phone, mobilePhone, city: cityName, state: stateName } = values
  const displayField = displayFieldOf(values)
  const name = displayField && values[displayField]
  if (name === undefined || (email ?? phone ?? mobilePhone) === undefined) {
    throw new PermanentFailure('LEAD_WITHOUT_IDENTITY')
  }

  const phones = [
    ...(phone ? [{ number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main }] : []),
    ...(mobilePhone ? [{ number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile }] : []),
  ]
  const lead = {
    ...memberTexts(values),
    name,
    ...(values.externalId && { externalId: values.externalId }),
    leadSituationId: variables.totvs_crm_leadsituationid,
    leadOriginId: variables.totvs_crm_leadoriginid,
    type: 'LEAD' as const,
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
    ...ruled.members,
    ...writeCustomFields(codec, ruled.customFields),
  }
  return { lead, decisions }
}
