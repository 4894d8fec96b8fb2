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

/** What is said of an account at RD Station. */
export const rdRows = textRows({
  RD_CALLS_PER_MINUTE_TOO_HIGH: {
    en: '{setting} is {found}; no plan of RD Station allows more than {most}.',
    pt: '{setting} é {found}; nenhum plano do RD Station permite mais de {most}.',
    fix: {
      en: 'Set it to {common}, or to {most} on the Advanced plan.',
      pt: 'Defina {common}, ou {most} no plano Advanced.',
    },
  },
  RD_WEBHOOK_TOKEN_WRONG: {
    en: 'The RD Station webhook {uuid} posts to {url} without a token from {setting}: every delivery is refused.',
    pt: 'O webhook {uuid} do RD Station envia para {url} sem um token de {setting}: toda entrega é recusada.',
    fix: {
      en: '`ponte connect --webhook` with the same --url gives it the token of today.',
      pt: '`ponte connect --webhook` com o mesmo --url dá a ele o token de hoje.',
    },
  },
  RD_WEBHOOK_SUSPENDED: {
    en: 'RD Station has suspended the webhook {uuid}, which posts to {url}.',
    pt: 'O RD Station suspendeu o webhook {uuid}, que envia para {url}.',
    fix: {
      en: 'Make sure that the address answers (the ingress checks), then have `ponte connect --webhook` with the same --url register it again.',
      pt: 'Confira se o endereço responde (verificações ingress); depois `ponte connect --webhook` com o mesmo --url cadastra o webhook de novo.',
    },
  },
  RD_WEBHOOK_OTHER_ADDRESS: {
    en: 'The RD Station webhook {uuid} posts to {found}, and none to {url}.',
    pt: 'O webhook {uuid} do RD Station envia para {found}, e nenhum para {url}.',
    fix: {
      en: 'If that address is a former one, `ponte connect --webhook` with the same --url changes it. Otherwise run doctor with the right --url.',
      pt: 'Se esse endereço é um anterior, `ponte connect --webhook` com o mesmo --url o troca. Senão, execute doctor com o --url certo.',
    },
  },
  PLAN_UNKNOWN: {
    en: 'cannot verify: {found} calls a minute need the Advanced plan',
    pt: 'não foi possível verificar: {found} chamadas por minuto exigem o plano Advanced',
  },
  RD_WEBHOOKS_NOT_SHOWN: {
    en: 'cannot verify: RD Station does not list the webhooks of this account',
    pt: 'não foi possível verificar: o RD Station não lista os webhooks desta conta',
  },
  RD_WEBHOOK_NOT_LISTED: {
    en: "cannot verify: RD Station's API lists no webhook to {url}. That is fine if an automation flow or a webhook made in RD Station's web interface sends the leads (the API does not list those). Otherwise no lead arrives: `ponte connect --webhook` registers one",
    pt: 'não foi possível verificar: a API do RD Station não lista nenhum webhook para {url}. Está certo se quem envia os leads é um fluxo de automação ou um webhook criado na tela do RD Station (a API não os lista). Senão nenhum lead chega: `ponte connect --webhook` cadastra um',
  },
  ACCOUNT_BUSY: {
    en: 'cannot verify: a worker is renewing the tokens; try again',
    pt: 'não foi possível verificar: um worker está renovando os tokens; execute o doctor de novo',
  },
})

/** What is said of the rules of a tenant. */
export const ruleRows = textRows({
  ROUTE_OWNER_NOT_FOUND: {
    en: 'TOTVS CRM has no user {value}, owner {number} of the route "{route}": no lead goes there.',
    pt: 'O TOTVS CRM não tem o usuário {value}, responsável nº {number} da rota "{route}": nenhum lead vai para ele.',
    fix: {
      en: 'Correct the e-mail in the route, or remove it.',
      pt: 'Corrija o e-mail na rota, ou retire-o.',
    },
  },
  ROUTE_OWNER_INACTIVE: {
    en: 'The user {value}, owner {number} of the route "{route}", is inactive in TOTVS CRM: no lead goes there.',
    pt: 'O usuário {value}, responsável nº {number} da rota "{route}", está inativo no TOTVS CRM: nenhum lead vai para ele.',
    fix: {
      en: 'Activate the user in TOTVS CRM, or remove the e-mail from the route.',
      pt: 'Ative o usuário no TOTVS CRM, ou retire o e-mail da rota.',
    },
  },
  ROUTE_OWNER_WITHOUT_ROLE: {
    en: 'The user {value}, owner {number} of the route "{route}", has no role in TOTVS CRM: no lead goes there.',
    pt: 'O usuário {value}, responsável nº {number} da rota "{route}", não tem papel (role) no TOTVS CRM: nenhum lead vai para ele.',
    fix: {
      en: 'Give the user a role in TOTVS CRM, or remove the e-mail from the route.',
      pt: 'Dê um papel (role) ao usuário no TOTVS CRM, ou retire o e-mail da rota.',
    },
  },
  CUSTOM_FIELD_NOT_SEEN: {
    is: 'warning',
    en: 'None of the {records} records read has the custom field of {target}.[ They have "{similar}".]',
    pt: 'Nenhum dos {records} registros lidos tem o campo personalizado de {target}.[ Eles têm "{similar}".]',
    fix: {
      en: 'Correct the name in the rule, or create the field in TOTVS CRM. All is well if TOTVS CRM leaves empty fields out.',
      pt: 'Corrija o nome na regra, ou crie o campo no TOTVS CRM. Está tudo certo se o TOTVS CRM omite campos vazios.',
    },
  },
  MEMBER_NOT_SEEN: {
    is: 'warning',
    en: 'None of the {records} records read has the member of {target}.[ They have "{similar}".]',
    pt: 'Nenhum dos {records} registros lidos tem o campo de {target}.[ Eles têm "{similar}".]',
    fix: {
      en: 'Correct the name in the rule. All is well if TOTVS CRM leaves empty members out.',
      pt: 'Corrija o nome na regra. Está tudo certo se o TOTVS CRM omite campos vazios.',
    },
  },
  RULE_HIDDEN: {
    is: 'warning',
    en: '"{rule}" in {list} never applies: "{by}" in {byList} comes first for every lead that it matches.',
    pt: '"{rule}" em {list} nunca se aplica: "{by}" em {byList} vem antes para todo lead que atende a ela.',
    fix: {
      en: 'Move "{rule}" up, narrow "{by}", or remove one of them.',
      pt: 'Coloque "{rule}" mais acima, restrinja "{by}", ou retire uma das duas.',
    },
  },
  PLACES_WITHOUT_VALUE: {
    is: 'warning',
    en: 'No lead of the last {days} days had a value at: {names}. Ponte has watched since {since}.',
    pt: 'Nenhum lead dos últimos {days} dias tinha valor em: {names}. O Ponte observa desde {since}.',
    fix: {
      en: 'Compare the names with the fields in RD Station: a field that was renamed or left a form brings no value.',
      pt: 'Compare os nomes com os campos do RD Station: um campo renomeado, ou retirado do formulário, não traz valor.',
    },
  },
  RULES_WITHOUT_MATCH: {
    is: 'warning',
    en: 'No lead of the last {days} days was one for: {names}. Ponte has watched since {since}.',
    pt: 'Nenhum lead dos últimos {days} dias atendeu a: {names}. O Ponte observa desde {since}.',
    fix: {
      en: 'Compare what the rules ask for with the leads that come; `ponte preview` shows what they make of one.',
      pt: 'Compare o que as regras pedem com os leads que chegam; `ponte preview` mostra o que elas fazem de um deles.',
    },
  },
  NO_RECORD_SHOWN: {
    en: 'cannot verify {targets}: TOTVS CRM has no record of this kind to look at',
    pt: 'não foi possível verificar {targets}: o TOTVS CRM não tem nenhum registro desse tipo',
  },
  CUSTOM_FIELDS_NOT_SHOWN: {
    en: 'cannot verify {targets}: none of the {records} records read shows custom fields in the form of totvsCrm.customFields',
    pt: 'não foi possível verificar {targets}: nenhum dos {records} registros lidos mostra campos personalizados na forma de totvsCrm.customFields',
  },
  NO_LEAD_WATCHED: {
    en: 'cannot verify: no worker has handled a lead by these rules in the last {days} days',
    pt: 'não foi possível verificar: nenhum worker tratou um lead com estas regras nos últimos {days} dias',
  },
  WATCHED_SHORTLY: {
    en: 'cannot verify yet: not seen so far, and watched for less than {days} days: {names}',
    pt: 'ainda não foi possível verificar: sem uso até agora, e observados há menos de {days} dias: {names}',
  },
})
