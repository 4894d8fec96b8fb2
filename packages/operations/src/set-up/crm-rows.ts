import { textRows } from '../findings/text-rows.ts'

/** What is said of a TOTVS CRM. */
export const crmRows = textRows({
  LOGIN_ADDRESS_WRONG: {
    en: '{url} answers, but not like a TOTVS CRM login (status {status}): probably a wrong address.',
    pt: '{url} responde, mas não como o login de um TOTVS CRM (status {status}): o endereço deve estar errado.',
    fix: {
      en: 'Correct totvsCrm.baseUrl or totvsCrm.loginPath. Check that no proxy answers instead.',
      pt: 'Corrija totvsCrm.baseUrl ou totvsCrm.loginPath. Confira se nenhum proxy responde no lugar dele.',
    },
  },
  VARIABLE_EMPTY: {
    en: 'variables.{variable} is not known yet.[ There are: {choices}.]',
    pt: 'variables.{variable} ainda não é conhecida.[ Existem: {choices}.]',
    fix: {
      en: 'Run `ponte discover --write`: it finds the values in TOTVS CRM and writes them into the tenants file.',
      pt: 'Rode `ponte discover --write`: ele descobre os valores no TOTVS CRM e os grava no arquivo de tenants.',
    },
  },
  CRM_ID_NOT_FOUND: {
    en: 'TOTVS CRM does not know the id {value} in variables.{variable}.[ There are: {choices}.]',
    pt: 'O TOTVS CRM não conhece o id {value} de variables.{variable}.[ Existem: {choices}.]',
    fix: {
      en: 'Copy the id from TOTVS CRM into the variable. The defaults are only samples.',
      pt: 'Copie o id do TOTVS CRM para a variável. Os valores padrão são só exemplos.',
    },
  },
  CRM_STAGE_OUTSIDE_PIPELINE: {
    en: 'The stage "{value}" does not belong to the pipeline in variables.totvs_crm_pipeline.[ There are: {choices}.]',
    pt: 'A etapa "{value}" não é do pipeline de variables.totvs_crm_pipeline.[ Existem: {choices}.]',
    fix: {
      en: 'Set variables.totvs_crm_oportunity_stage to a stage of that pipeline, or choose the other pipeline.',
      pt: 'Indique em variables.totvs_crm_oportunity_stage uma etapa desse pipeline, ou escolha o outro.',
    },
  },
  CRM_STATUS_FIELD_MISSING: {
    en: 'None of the {opportunities} opportunities read has the custom field {field}.',
    pt: 'Nenhuma das {opportunities} oportunidades lidas tem o campo personalizado {field}.',
    fix: {
      en: 'In TOTVS CRM, create the custom field {field} (text, 255) on opportunities, or correct statusRd.field.',
      pt: 'No TOTVS CRM, crie o campo personalizado {field} (texto, 255) em oportunidades, ou corrija statusRd.field.',
    },
  },
  CRM_CUSTOM_FIELDS_FORM: {
    en: '{setting} is "{found}", but TOTVS CRM shows custom fields as "{wanted}".',
    pt: '{setting} é "{found}", mas o TOTVS CRM mostra os campos personalizados como "{wanted}".',
    fix: {
      en: 'Set {setting}: {wanted} in the tenants file.',
      pt: 'Defina {setting}: {wanted} no arquivo de tenants.',
    },
  },
  CRM_FILTER_IGNORED: {
    en: 'TOTVS CRM sends records of {setting} that do not match a filter by {field}.',
    pt: 'O TOTVS CRM envia registros de {setting} que não atendem a um filtro por {field}.',
    fix: {
      en: 'Ask TOTVS support why Integration-Filter is not applied. With more than 10,000 records, no new lead is created.',
      pt: 'Pergunte ao suporte da TOTVS por que o Integration-Filter não é aplicado. Com mais de 10.000 registros, nenhum lead novo é criado.',
    },
  },
  SEEN_IN_USE: {
    is: 'ok',
    en: 'in use: a lead in TOTVS CRM has the id of {variable}',
    pt: 'em uso: um lead do TOTVS CRM tem o id de {variable}',
  },
  NOT_SEEN_IN_USE: {
    en: 'cannot verify: none of the {leads} leads read has the id of {variable}, and {setting} names no list to compare it with[; in use are: {choices}]',
    pt: 'não foi possível verificar: nenhum dos {leads} leads lidos tem o id de {variable}, e {setting} não indica uma lista para comparar[; em uso estão: {choices}]',
  },
  SAMPLE_NOT_SEEN_IN_USE: {
    en: 'cannot verify: variables.{variable} still has the sample value, and none of the {leads} leads read uses it; set the id of your TOTVS CRM, or name the list in {setting}[; in use are: {choices}]',
    pt: 'não foi possível verificar: variables.{variable} ainda tem o valor de exemplo, e nenhum dos {leads} leads lidos o usa; defina o id do seu TOTVS CRM, ou indique a lista em {setting}[; em uso estão: {choices}]',
  },
  NO_OPPORTUNITY: {
    en: 'cannot verify: TOTVS CRM has no opportunity; create one and try again',
    pt: 'não foi possível verificar: o TOTVS CRM não tem oportunidades; crie uma e execute o doctor de novo',
  },
  STATUS_FIELD_NOT_SHOWN: {
    en: 'cannot verify: no opportunity shows {field} or any other empty custom field; fill in {field} on one and try again',
    pt: 'não foi possível verificar: nenhuma oportunidade mostra {field} nem outro campo personalizado vazio; preencha {field} em uma e execute o doctor de novo',
  },
  STAGE_TELLS_NO_PIPELINE: {
    en: 'cannot verify: TOTVS CRM does not show the pipeline of a stage',
    pt: 'não foi possível verificar: o TOTVS CRM não mostra o pipeline de uma etapa',
  },
})
