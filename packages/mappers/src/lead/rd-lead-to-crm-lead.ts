import {
  type CrmNewLead,
  type CrmVariables,
  type LeadImport,
  type LeadRules,
  PermanentFailure,
  type RegisteredLead,
  type RuleInput,
  type TenantSettings,
  type LeadField,
  leadField,
  leadFields,
  type LeadTexts,
  memberOf,
  type Message,
  message,
  numberAsTyped,
} from '@ponte/contracts'
import { type CustomFieldCodec, writeCustomFields } from '../custom-field.ts'
import { type Decision, overruledBy, ownDecision } from '../decision.ts'
import { applyFields, type FieldOutcome, fieldsOf } from '../rules/apply-rules.ts'
import { clipText, MAX_TEXT_LENGTH } from '../text/clip-text.ts'

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
  const { values, decisions: fitting } = readCrmLeadValues(lead)
  const ruled = fieldsOf('lead', fields, codec)
  const naming = fitting.find(({ place }) => place !== undefined && place === displayFieldOf(values))
  const own = fitting.map(decision =>
    naming !== undefined && decision.target === 'lead.name'
      ? { ...naming, places: decision.places, target: decision.target }
      : decision,
  )
  const ofVariables = ofNewLeads.map(([member, variable]) =>
    ownDecision({
      ...{ places: [variable], place: variable, values: [] },
      ...{ target: `lead.${member}`, value: variables[variable] },
    }),
  )
  const decisions = [...overruledBy([...own, ...ofVariables], ruled.members), ...ruled.decisions]
  return { values, ruled, decisions }
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
  if (name === undefined || (email ?? phone ?? mobilePhone) === undefined)
    throw new PermanentFailure('LEAD_WITHOUT_IDENTITY')
  const phones = [
    ...(phone ? [{ number: phone, phoneTypeId: variables.totvs_crm_phonetypeid_main }] : []),
    ...(mobilePhone ? [{ number: mobilePhone, phoneTypeId: variables.totvs_crm_phonetypeid_mobile }] : []),
  ]
  const address = { ...(cityName && { cityName }), ...(stateName && { stateName }) }
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
    addresses: cityName || stateName ? [{ addressType: { id: variables.totvs_crm_addresstypeid }, ...address }] : [],
    ...ruled.members,
    ...writeCustomFields(codec, ruled.customFields),
  }
  return { lead, decisions }
}

/** The values of a lead of RD Station that fit into TOTVS CRM. A missing value is absent, never empty. */
export type CrmLeadValues = Readonly<Partial<Record<LeadField | 'externalId', string>>>

interface Fitting {
  readonly value: string | undefined
  readonly note?: Message
}

/**
 * Makes each value fit: free text is cut; an e-mail, a phone or a link is left out, because a part of it would be wrong
 * (docs/behaviour/leads.md#long-values). Rules and the record in TOTVS CRM are not considered yet.
 */
export function readCrmLeadValues(lead: RegisteredLead): {
  readonly values: CrmLeadValues
  readonly decisions: readonly Decision[]
} {
  const values: Partial<Record<LeadField | 'externalId', string>> = {}
  const decide = (place: LeadField | 'uuid', target: string, { value, note }: Fitting): Decision => {
    const given = lead[place]
    if (value !== undefined) values[place === 'uuid' ? 'externalId' : place] = value
    const [whole, changed] = value === undefined ? (['no-value', 'left-out'] as const) : (['written', 'cut'] as const)
    return ownDecision({
      places: [place],
      ...(given === undefined ? { place: undefined, values: [] } : { place, values: [given] }),
      target: `lead.${target}`,
      value,
      ...(note === undefined ? { outcome: whole } : { outcome: changed, notes: [note] }),
    })
  }
  const ofFields = leadField.options.map(field => decide(field, memberOf(field), fit(field, lead[field]?.trim() ?? '')))
  return { values, decisions: [...ofFields, decide('uuid', 'externalId', externalIdOf(lead.uuid?.trim() ?? ''))] }
}

function fit(field: LeadField, given: string): Fitting {
  const { kind } = leadFields[field]
  const value = kind === 'phone' ? numberAsTyped(given) : given
  if (value === undefined) return { value, note: message('field-digits-lost', { field }) }
  const sizes = { field, length: value.length, limit: MAX_TEXT_LENGTH }
  if (kind === 'text') {
    const { text, clipped } = clipText(value)
    return { value: text || undefined, ...(clipped && { note: message('field-cut', sizes) }) }
  }
  if (value.length > MAX_TEXT_LENGTH) return { value: undefined, note: message('field-too-long', sizes) }
  return { value: value || undefined }
}

function externalIdOf(uuid: string): Fitting {
  if (/^[ -~]{1,200}$/.test(uuid)) return { value: `rd:${uuid}` }
  return { value: undefined, ...(uuid !== '' && { note: message('external-id-left-out') }) }
}

/** The values that have a member of their own. */
export function memberTexts(values: CrmLeadValues): LeadTexts {
  const texts: { -readonly [Member in keyof LeadTexts]: LeadTexts[Member] } = {}
  for (const field of leadField.options) {
    const row = leadFields[field]
    const value = values[field]
    if ('member' in row && value !== undefined) texts[row.member] = value
  }
  return texts
}

/** The field that names the lead in TOTVS CRM: its name, else its e-mail, else a phone (docs/behaviour/leads.md#identity). */
export const displayFieldOf = (values: CrmLeadValues): LeadField | undefined =>
  (['name', 'email', 'phone', 'mobilePhone'] as const).find(field => values[field] !== undefined)
