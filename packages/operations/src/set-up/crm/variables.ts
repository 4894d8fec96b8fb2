import type { CrmCatalogEntry, CrmLead, CrmVariables } from '@ponte/contracts'

/** The variables that name an entry of a list in TOTVS CRM. */
export const catalogVariables = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const

export type CatalogKind = keyof typeof catalogVariables

/** How people know an entry. */
export const nameOf = ({ description, id }: CrmCatalogEntry): string => description ?? id

/** A list of ids that `totvsCrm.resources` may name (docs/vendors/totvs-crm.md#lists-of-ids). */
export type IdList = 'leadSituation' | 'leadOrigin' | 'emailType' | 'phoneType' | 'addressType'

/** A variable that holds an id which leads have. */
export interface LeadId {
  readonly variable: keyof CrmVariables
  readonly list: IdList
  /** The ids of this kind in a lead. */
  readonly usedBy: (lead: CrmLead) => readonly unknown[]
}

const phoneTypesOf = ({ phones }: CrmLead) => phones.map(({ phoneTypeId }) => phoneTypeId)

export const leadIds = [
  {
    variable: 'totvs_crm_leadsituationid',
    list: 'leadSituation',
    usedBy: lead => [lead['leadSituationId']],
  },
  { variable: 'totvs_crm_leadoriginid', list: 'leadOrigin', usedBy: lead => [lead.leadOriginId] },
  {
    variable: 'totvs_crm_emailtypeid',
    list: 'emailType',
    usedBy: ({ emails }) => emails.map(({ emailTypeId }) => emailTypeId),
  },
  { variable: 'totvs_crm_phonetypeid_main', list: 'phoneType', usedBy: phoneTypesOf },
  { variable: 'totvs_crm_phonetypeid_mobile', list: 'phoneType', usedBy: phoneTypesOf },
  {
    variable: 'totvs_crm_addresstypeid',
    list: 'addressType',
    usedBy: ({ addresses }) => addresses.map(({ addressType }) => addressType?.id),
  },
] as const satisfies readonly LeadId[]

/** The different ids of a kind in leads. */
export const idsUsedBy = ({ usedBy }: LeadId, leads: readonly CrmLead[]): string[] => [
  ...new Set(leads.flatMap(usedBy).flatMap(id => (isId(id) ? [String(id)] : []))),
]

/** UUIDs may be upper or lower case; an id may be a number. */
export const isSameId = (used: unknown, id: string): boolean =>
  isId(used) && String(used).toLowerCase() === id.toLowerCase()

const isId = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number'
