import type { ProbedKind } from '@ponte/clients'
import { type CrmVariables, type FailureCode, type Language, textIn, type Texts } from '@ponte/contracts'
import { explain, textRows } from '@ponte/operations'

export type VariableName = keyof CrmVariables

/** A value that a variable may have, and what TOTVS CRM calls it, where the value does not say it. */
export interface Choice {
  readonly value: string
  readonly name?: string
}

/** Why a person has to choose, or first has to do something in TOTVS CRM. */
const reasons = textRows({
  SEVERAL: { en: 'choose one', pt: 'escolha' },
  SAME_NAME: {
    en: 'several have this name: choose one by its id',
    pt: 'há mais de um com este nome: escolha pelo id',
  },
  NOT_FOUND: {
    en: 'TOTVS CRM does not have what the tenants file says: choose one',
    pt: 'o TOTVS CRM não tem o que está no arquivo de tenants: escolha',
  },
  USER_INACTIVE: {
    en: 'the user of the tenants file is inactive: choose one',
    pt: 'o usuário do arquivo de tenants está inativo: escolha',
  },
  USER_WITHOUT_ROLE: {
    en: 'the user of the tenants file has no role: choose one, or give the user a role',
    pt: 'o usuário do arquivo de tenants não tem papel: escolha, ou dê um papel ao usuário',
  },
  NO_OWN_TYPE: {
    en: 'create the type "Integração RD Station" in TOTVS CRM and run this again, or choose a type that nobody else uses',
    pt: 'crie o tipo "Integração RD Station" no TOTVS CRM e rode de novo, ou escolha um tipo que ninguém mais usa',
  },
  PIPELINE_FIRST: {
    en: 'it is a stage of the pipeline: choose that first',
    pt: 'é uma etapa do pipeline: escolha primeiro o pipeline',
  },
  MAIN_OR_MOBILE: {
    en: 'the lead does not show which type is the one of main phones and which of mobile phones: choose, or give a lead one of each in TOTVS CRM and run this again with --lead',
    pt: 'o lead não mostra qual tipo é o do telefone principal e qual é o do celular: escolha, ou cadastre um de cada em um lead do TOTVS CRM e rode de novo com --lead',
  },
  NONE: { en: 'TOTVS CRM has {what} and run this again', pt: 'o TOTVS CRM não tem {what} e rode de novo' },
  NO_LEAD: {
    en: 'TOTVS CRM has no lead: create one by hand with situation, origin, e-mail, main phone, mobile phone and address, and run this again',
    pt: 'o TOTVS CRM não tem lead: cadastre um à mão, com situação, origem, e-mail, telefone principal, celular e endereço, e rode de novo',
  },
  LEAD_NOT_FOUND: {
    en: 'TOTVS CRM has no lead with the e-mail of --lead',
    pt: 'o TOTVS CRM não tem lead com o e-mail de --lead',
  },
  NOT_IN_LEAD: {
    en: 'no lead that was read has {what}: add it to a lead in TOTVS CRM and run this again with --lead',
    pt: 'nenhum lead lido tem {what}: cadastre em um lead do TOTVS CRM e rode de novo com --lead',
  },
  NOT_LISTED: {
    en: 'TOTVS CRM lists none under any name that is known: ask its administrator and set {setting}',
    pt: 'o TOTVS CRM não mostra nenhum com os nomes conhecidos: pergunte ao administrador dele e configure {setting}',
  },
})
export type Reason = keyof typeof reasons

/** The kind of records that shows what a variable may be, and what is said of it where there is none: in a lead, or in TOTVS CRM. */
const variables: Readonly<Record<VariableName, Texts & { readonly kind: ProbedKind }>> = {
  totvs_crm_leadsituationid: { kind: 'lead', en: 'a situation', pt: 'situação' },
  totvs_crm_leadoriginid: { kind: 'lead', en: 'an origin', pt: 'origem' },
  totvs_crm_emailtypeid: { kind: 'lead', en: 'an e-mail with a type', pt: 'e-mail com tipo' },
  totvs_crm_phonetypeid_main: { kind: 'lead', en: 'a main phone with a type', pt: 'telefone principal com tipo' },
  totvs_crm_phonetypeid_mobile: {
    kind: 'lead',
    en: 'a mobile phone with a type of its own',
    pt: 'celular com um tipo só dele',
  },
  totvs_crm_addresstypeid: { kind: 'lead', en: 'an address with a type', pt: 'endereço com tipo' },
  totvs_crm_oportunity_stage: { kind: 'stage', en: 'none: create one', pt: 'nenhum: crie' },
  totvs_crm_oportunity_type: {
    kind: 'opportunityType',
    en: 'no type of opportunities: create "Integração RD Station"',
    pt: 'tipo de oportunidade: crie "Integração RD Station"',
  },
  totvs_crm_pipeline: { kind: 'pipeline', en: 'none: create one', pt: 'nenhum: crie' },
  totvs_crm_default_user: {
    kind: 'user',
    en: 'no active user with a role and an e-mail: create one, or give one a role,',
    pt: 'usuário ativo com papel e e-mail: crie um, ou dê um papel a um,',
  },
}

export const kindOf = (variable: VariableName): ProbedKind => variables[variable].kind

export function explainReason(reason: Reason, variable: VariableName, language: Language): string {
  const setting = `totvsCrm.resources.${kindOf(variable)}`
  const facts = { what: textIn(variables[variable], language), setting }
  return explain({ name: reason, facts }, { language }, { rows: reasons }).what
}

/** What was found of a variable. */
export type Finding = { readonly variable: VariableName } & (
  | {
      readonly status: 'found'
      readonly value: string
      /** The tenants file had it already. */
      readonly isKept: boolean
      /** How many other ids of this kind the leads that were read have. */
      readonly others?: number
    }
  | { readonly status: 'ambiguous'; readonly reason: Reason; readonly choices: readonly Choice[] }
  | { readonly status: 'missing'; readonly reason: Reason; readonly code?: FailureCode }
)
