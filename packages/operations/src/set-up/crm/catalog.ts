import type { CrmCatalogEntry } from '@ponte/contracts'

/** The variables that name an entry of a list in TOTVS CRM. */
export const catalogVariables = {
  pipeline: 'totvs_crm_pipeline',
  stage: 'totvs_crm_oportunity_stage',
  opportunityType: 'totvs_crm_oportunity_type',
} as const

export type CatalogKind = keyof typeof catalogVariables

/** How people know an entry. */
export const nameOf = ({ description, id }: CrmCatalogEntry): string => description ?? id
