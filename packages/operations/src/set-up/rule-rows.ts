import { textRows } from '../findings/text-rows.ts'

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
