import { translated } from '@ponte/contracts'
import type { Reason, VariableName } from './findings.ts'

interface Facts {
  readonly variable: VariableName
  /** The setting that names the records which cannot be read. */
  readonly setting: string
}

const enParts: Partial<Readonly<Record<VariableName, string>>> = {
  totvs_crm_emailtypeid: 'an e-mail with a type',
  totvs_crm_phonetypeid_main: 'a main phone with a type',
  totvs_crm_phonetypeid_mobile: 'a mobile phone with a type of its own',
  totvs_crm_addresstypeid: 'an address with a type',
  totvs_crm_leadsituationid: 'a situation',
  totvs_crm_leadoriginid: 'an origin',
}
const ptParts: typeof enParts = {
  totvs_crm_emailtypeid: 'e-mail com tipo',
  totvs_crm_phonetypeid_main: 'telefone principal com tipo',
  totvs_crm_phonetypeid_mobile: 'celular com um tipo só dele',
  totvs_crm_addresstypeid: 'endereço com tipo',
  totvs_crm_leadsituationid: 'situação',
  totvs_crm_leadoriginid: 'origem',
}

const enReasons: Readonly<Record<Reason, (facts: Facts) => string>> = {
  SEVERAL: () => 'choose one',
  SAME_NAME: () => 'several have this name: choose one by its id',
  NOT_FOUND: () => 'TOTVS CRM does not have what the tenants file says: choose one',
  USER_INACTIVE: () => 'the user of the tenants file is inactive: choose one',
  USER_WITHOUT_ROLE: () => 'the user of the tenants file has no role: choose one, or give the user a role',
  NO_OWN_TYPE: () =>
    'create the type "Integração RD Station" in TOTVS CRM and run this again, or choose a type that nobody else uses',
  PIPELINE_FIRST: () => 'it is a stage of the pipeline: choose that first',
  MAIN_OR_MOBILE: () =>
    'the lead does not show which type is the one of main phones and which of mobile phones: choose, or give a lead one of each in TOTVS CRM and run this again with --lead',
  NONE: ({ variable }) =>
    variable === 'totvs_crm_default_user'
      ? 'TOTVS CRM has no active user with a role and an e-mail: create one, or give one a role, and run this again'
      : variable === 'totvs_crm_oportunity_type'
        ? 'TOTVS CRM has no type of opportunities: create "Integração RD Station" and run this again'
        : 'TOTVS CRM has none: create one and run this again',
  NO_LEAD: () =>
    'TOTVS CRM has no lead: create one by hand with situation, origin, e-mail, main phone, mobile phone and address, and run this again',
  LEAD_NOT_FOUND: () => 'TOTVS CRM has no lead with the e-mail of --lead',
  NOT_IN_LEAD: ({ variable }) =>
    `no lead that was read has ${enParts[variable] ?? 'it'}: add it to a lead in TOTVS CRM and run this again with --lead`,
  NOT_LISTED: ({ setting }) =>
    `TOTVS CRM lists none under any name that is known: ask its administrator and set ${setting}`,
}

const ptReasons: typeof enReasons = {
  SEVERAL: () => 'escolha',
  SAME_NAME: () => 'há mais de um com este nome: escolha pelo id',
  NOT_FOUND: () => 'o TOTVS CRM não tem o que está no arquivo de tenants: escolha',
  USER_INACTIVE: () => 'o usuário do arquivo de tenants está inativo: escolha',
  USER_WITHOUT_ROLE: () => 'o usuário do arquivo de tenants não tem papel: escolha, ou dê um papel ao usuário',
  NO_OWN_TYPE: () =>
    'crie o tipo "Integração RD Station" no TOTVS CRM e rode de novo, ou escolha um tipo que ninguém mais usa',
  PIPELINE_FIRST: () => 'é uma etapa do pipeline: escolha primeiro o pipeline',
  MAIN_OR_MOBILE: () =>
    'o lead não mostra qual tipo é o do telefone principal e qual é o do celular: escolha, ou cadastre um de cada em um lead do TOTVS CRM e rode de novo com --lead',
  NONE: ({ variable }) =>
    variable === 'totvs_crm_default_user'
      ? 'o TOTVS CRM não tem usuário ativo com papel e e-mail: crie um, ou dê um papel a um, e rode de novo'
      : variable === 'totvs_crm_oportunity_type'
        ? 'o TOTVS CRM não tem tipo de oportunidade: crie "Integração RD Station" e rode de novo'
        : 'o TOTVS CRM não tem nenhum: crie e rode de novo',
  NO_LEAD: () =>
    'o TOTVS CRM não tem lead: cadastre um à mão, com situação, origem, e-mail, telefone principal, celular e endereço, e rode de novo',
  LEAD_NOT_FOUND: () => 'o TOTVS CRM não tem lead com o e-mail de --lead',
  NOT_IN_LEAD: ({ variable }) =>
    `nenhum lead lido tem ${ptParts[variable] ?? 'isso'}: cadastre em um lead do TOTVS CRM e rode de novo com --lead`,
  NOT_LISTED: ({ setting }) =>
    `o TOTVS CRM não mostra nenhum com os nomes conhecidos: pergunte ao administrador dele e configure ${setting}`,
}

export const discoverTexts = translated({
  en: {
    description: 'find the ten variables in TOTVS CRM, and paths and resources that are wrong',
    leadOption: 'take the ids from the lead with this e-mail (default: the newest)',
    writeOption: 'write what is certain into the tenants file',
    leadUnusable: '--lead takes the e-mail of a lead.',
    loggingIn: (tenant: string) => `${tenant}: logging in to TOTVS CRM…`,
    reading: (tenant: string) => `${tenant}: reading TOTVS CRM…`,
    loginRefused: (status: number) =>
      `TOTVS CRM refuses the login (status ${status}): correct totvsCrm.username, password or tenant`,
    noLogin: ({ url, tried }: { url: string; tried: string }) =>
      `nothing at ${url} answers like the login of TOTVS CRM: correct totvsCrm.baseUrl or loginPath (tried: ${tried})`,
    noIntegrationApi: (tried: string) =>
      `the login works, but the integration API is at none of the known paths: ask the administrator of TOTVS CRM and set totvsCrm.integrationPath and resources (tried: ${tried})`,
    pipelines: 'pipelines with their stages',
    types: 'types of opportunities',
    users: 'users who may be the default user',
    lead: (id: string) => `ids from the lead ${id}`,
    newestLead: (id: string) => `ids from the newest lead that has them; the newest is ${id}`,
    none: 'none',
    insteadOf: (was: string) => `${was} does not work`,
    others: (count: number) => `other ids in use: ${count}; --lead chooses the lead`,
    reasons: enReasons,
    leaveOpen: '(leave it open)',
    found: (count: number) => `${count} of 10 variables found.`,
    outcomes: {
      written: (file: string) => `Written into ${file}. Running processes read it by themselves.`,
      unchanged: (file: string) => `${file} has all of it already.`,
      'not-asked': (file: string) => `--write puts what was found into ${file}.`,
    },
  },
  'pt-BR': {
    description: 'descobre as dez variáveis no TOTVS CRM, e caminhos e recursos errados',
    leadOption: 'usa os ids do lead com este e-mail (padrão: o mais novo)',
    writeOption: 'grava o que não deixa dúvida no arquivo de tenants',
    leadUnusable: '--lead recebe o e-mail de um lead.',
    loggingIn: tenant => `${tenant}: entrando no TOTVS CRM…`,
    reading: tenant => `${tenant}: lendo o TOTVS CRM…`,
    loginRefused: status =>
      `o TOTVS CRM recusa o login (status ${status}): corrija totvsCrm.username, password ou tenant`,
    noLogin: ({ url, tried }) =>
      `nada em ${url} responde como o login do TOTVS CRM: corrija totvsCrm.baseUrl ou loginPath (tentativas: ${tried})`,
    noIntegrationApi: tried =>
      `o login funciona, mas a API de integração não está em nenhum dos caminhos conhecidos: pergunte ao administrador do TOTVS CRM e configure totvsCrm.integrationPath e resources (tentativas: ${tried})`,
    pipelines: 'pipelines com suas etapas',
    types: 'tipos de oportunidade',
    users: 'usuários que podem ser o usuário padrão',
    lead: id => `ids do lead ${id}`,
    newestLead: id => `ids do lead mais novo que os tem; o mais novo é ${id}`,
    none: 'nenhum',
    insteadOf: was => `${was} não funciona`,
    others: count => `outros ids em uso: ${count}; --lead escolhe o lead`,
    reasons: ptReasons,
    leaveOpen: '(deixar em aberto)',
    found: count => `${count} de 10 variáveis descobertas.`,
    outcomes: {
      written: file => `Gravado em ${file}. Os processos em execução o leem sozinhos.`,
      unchanged: file => `${file} já tem tudo isso.`,
      'not-asked': file => `--write grava em ${file} o que foi descoberto.`,
    },
  },
})
