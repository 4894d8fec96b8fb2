import { counted } from '@ponte/runtime'
import { installationProblems, installationWarnings } from './installation-warnings.ts'
import type { DoctorTexts } from './en.ts'
import { inPortuguese } from './wrong-values.ts'

type Read = (name: string) => string

const inRedisConf = (facts: Read): string =>
  `Defina ${facts('wanted')} no redis.conf (ou com CONFIG SET e CONFIG REWRITE).`
const newToken = (): string =>
  'Crie outro token com `openssl rand -hex 32`. Liste-o antes do antigo até que o remetente use o novo.'
const lostKey = 'docs/operating/care.pt-BR.md#a-chave-se-perdeu'

const { existing, inUse, thereAre, wrongValues } = inPortuguese

const problems: DoctorTexts['problems'] = {
  REDIS_UNREACHABLE: {
    what: facts => `O Redis não responde onde ${facts('setting')} diz que ele está.`,
    remedy: facts => `Inicie o Redis ou corrija ${facts('setting')}, com usuário, senha e TLS.`,
  },
  ...installationProblems['pt-BR'],
  REDIS_PERSISTENCE_WEAK: {
    what: facts => `O Redis pode perder eventos já confirmados: está com ${facts('found')}.`,
    remedy: inRedisConf,
  },
  REDIS_EVICTS: {
    what: facts => `O Redis pode apagar eventos quando a memória acaba: está com ${facts('found')}.`,
    remedy: inRedisConf,
  },
  FINGERPRINT_KEY_OTHER: {
    what: () =>
      'Os workers usam outra PONTE_FINGERPRINT_KEY, ou outra PONTE_SECRET_KEY se ela deriva desta: os dados deles não são encontrados com esta chave.',
    remedy: () => `Configure aqui também as chaves dos workers. Se uma se perdeu, veja ${lostKey}.`,
  },
  SECRET_KEY_OTHER: {
    what: () =>
      'A PONTE_SECRET_KEY não abre os tokens do RD Station guardados pelos workers: eles usam outra chave. Nada foi renovado.',
    remedy: () =>
      `Configure aqui a PONTE_SECRET_KEY dos workers, ou a anterior em PONTE_OTHER_SECRET_KEYS. Se ela se perdeu, veja ${lostKey}.`,
  },
  WEBHOOK_TOKEN_SHORT: {
    what: facts => `O token ${facts('setting')} tem menos de ${facts('wanted')} caracteres e pode ser adivinhado.`,
    remedy: newToken,
  },
  WEBHOOK_TOKEN_MONOTONOUS: {
    what: facts => `O token ${facts('setting')} se repete e pode ser adivinhado.`,
    remedy: newToken,
  },
  LOGIN_ADDRESS_WRONG: {
    what: facts =>
      `${facts('url')} responde, mas não como o login de um TOTVS CRM (status ${facts('status')}): o endereço deve estar errado.`,
    remedy: () => 'Corrija totvsCrm.baseUrl ou totvsCrm.loginPath. Confira se nenhum proxy responde no lugar dele.',
  },
  VARIABLE_EMPTY: {
    what: facts => `variables.${facts('variable')} ainda não é conhecida.${existing(facts)}`,
    remedy: () =>
      'Rode `ponte discover --write`: ele descobre os valores no TOTVS CRM e os grava no arquivo de tenants.',
  },
  CRM_ID_NOT_FOUND: {
    what: facts =>
      `O TOTVS CRM não conhece o id ${facts('value')} de variables.${facts('variable')}.${existing(facts)}`,
    remedy: () => 'Copie o id do TOTVS CRM para a variável. Os valores padrão são só exemplos.',
  },
  CRM_STAGE_OUTSIDE_PIPELINE: {
    what: facts => `A etapa "${facts('value')}" não é do pipeline de variables.totvs_crm_pipeline.${existing(facts)}`,
    remedy: () => 'Indique em variables.totvs_crm_oportunity_stage uma etapa desse pipeline, ou escolha o outro.',
  },
  CRM_STATUS_FIELD_MISSING: {
    what: facts =>
      `Nenhuma das ${facts('opportunities')} oportunidades lidas tem o campo personalizado ${facts('field')}.`,
    remedy: facts =>
      `No TOTVS CRM, crie o campo personalizado ${facts('field')} (texto, 255) em oportunidades, ou corrija statusRd.field.`,
  },
  CRM_CUSTOM_FIELDS_FORM: {
    what: facts =>
      `${facts('setting')} é "${facts('found')}", mas o TOTVS CRM mostra os campos personalizados como "${facts('wanted')}".`,
    remedy: facts => `Defina ${facts('setting')}: ${facts('wanted')} no arquivo de tenants.`,
  },
  CRM_FILTER_IGNORED: {
    what: facts =>
      `O TOTVS CRM envia registros de ${facts('setting')} que não atendem a um filtro por ${facts('field')}.`,
    remedy: () =>
      'Pergunte ao suporte da TOTVS por que o Integration-Filter não é aplicado. Com mais de 10.000 registros, nenhum lead novo é criado.',
  },
  ROUTE_OWNER_NOT_FOUND: {
    what: facts =>
      `O TOTVS CRM não tem o usuário ${facts('value')}, responsável nº ${facts('number')} da rota "${facts('route')}": nenhum lead vai para ele.`,
    remedy: () => 'Corrija o e-mail na rota, ou retire-o.',
  },
  ROUTE_OWNER_INACTIVE: {
    what: facts =>
      `O usuário ${facts('value')}, responsável nº ${facts('number')} da rota "${facts('route')}", está inativo no TOTVS CRM: nenhum lead vai para ele.`,
    remedy: () => 'Ative o usuário no TOTVS CRM, ou retire o e-mail da rota.',
  },
  ROUTE_OWNER_WITHOUT_ROLE: {
    what: facts =>
      `O usuário ${facts('value')}, responsável nº ${facts('number')} da rota "${facts('route')}", não tem papel (role) no TOTVS CRM: nenhum lead vai para ele.`,
    remedy: () => 'Dê um papel (role) ao usuário no TOTVS CRM, ou retire o e-mail da rota.',
  },
  RD_CALLS_PER_MINUTE_TOO_HIGH: {
    what: facts =>
      `${facts('setting')} é ${facts('found')}; nenhum plano do RD Station permite mais de ${facts('most')}.`,
    remedy: facts => `Defina ${facts('common')}, ou ${facts('most')} no plano Advanced.`,
  },
  RD_WEBHOOK_TOKEN_WRONG: {
    what: facts =>
      `O webhook ${facts('uuid')} do RD Station envia para ${facts('url')} sem um token de ${facts('setting')}: toda entrega é recusada.`,
    remedy: () => '`ponte connect --webhook` com o mesmo --url dá a ele o token de hoje.',
  },
  RD_WEBHOOK_SUSPENDED: {
    what: facts => `O RD Station suspendeu o webhook ${facts('uuid')}, que envia para ${facts('url')}.`,
    remedy: () =>
      'Confira se o endereço responde (verificações ingress); depois `ponte connect --webhook` com o mesmo --url cadastra o webhook de novo.',
  },
  RD_WEBHOOK_OTHER_ADDRESS: {
    what: facts =>
      `O webhook ${facts('uuid')} do RD Station envia para ${facts('found')}, e nenhum para ${facts('url')}.`,
    remedy: () =>
      'Se esse endereço é um anterior, `ponte connect --webhook` com o mesmo --url o troca. Senão, execute doctor com o --url certo.',
  },
  INGRESS_UNREACHABLE: {
    what: facts => `Nada responde em ${facts('url')}.`,
    remedy: () => 'Confira se a entrada (ingress) está no ar e se DNS, proxy e firewall levam até ela.',
  },
  INGRESS_WITHOUT_TLS: {
    what: facts => `${facts('url')} não é um endereço https://.`,
    remedy: () => 'Coloque um proxy com certificado na frente da entrada: o RD Station só aceita https://.',
  },
  INGRESS_NOT_PONTE: {
    what: facts => `${facts('url')} respondeu ${facts('status')}; a entrada do Ponte responderia 202.`,
    remedy: () =>
      'Confira se o endereço leva à entrada (INGRESS_PORT), e não ao painel, e se o proxy retira o que vem antes de /webhooks.',
  },
  INGRESS_TOKEN_REFUSED: {
    what: facts => `A entrada em ${facts('url')} recusa o token ${facts('number')} de ${facts('setting')}.`,
    remedy: () =>
      'Confira se a entrada lê o mesmo arquivo de tenants e se o log dela não recusa uma mudança dele. Reinicie-a se o token é uma variável do ambiente dela.',
  },
}

/** As amostras têm um nome parecido com o que falta. */
const similar = (facts: Read): string => (facts('similar') === '?' ? '' : ` Eles têm "${facts('similar')}".`)

const warnings: DoctorTexts['warnings'] = {
  ...installationWarnings['pt-BR'],
  CUSTOM_FIELD_NOT_SEEN: {
    what: facts =>
      `Nenhum dos ${facts('records')} registros lidos tem o campo personalizado de ${facts('target')}.${similar(facts)}`,
    remedy: () =>
      'Corrija o nome na regra, ou crie o campo no TOTVS CRM. Está tudo certo se o TOTVS CRM omite campos vazios.',
  },
  MEMBER_NOT_SEEN: {
    what: facts => `Nenhum dos ${facts('records')} registros lidos tem o campo de ${facts('target')}.${similar(facts)}`,
    remedy: () => 'Corrija o nome na regra. Está tudo certo se o TOTVS CRM omite campos vazios.',
  },
  RULE_HIDDEN: {
    what: facts =>
      `"${facts('rule')}" em ${facts('list')} nunca se aplica: "${facts('by')}" em ${facts('byList')} vem antes para todo lead que atende a ela.`,
    remedy: facts => `Coloque "${facts('rule')}" mais acima, restrinja "${facts('by')}", ou retire uma das duas.`,
  },
  PLACES_WITHOUT_VALUE: {
    what: facts =>
      `Nenhum lead dos últimos ${facts('days')} dias tinha valor em: ${facts('names')}. O Ponte observa desde ${facts('since')}.`,
    remedy: () =>
      'Compare os nomes com os campos do RD Station: um campo renomeado, ou retirado do formulário, não traz valor.',
  },
  RULES_WITHOUT_MATCH: {
    what: facts =>
      `Nenhum lead dos últimos ${facts('days')} dias atendeu a: ${facts('names')}. O Ponte observa desde ${facts('since')}.`,
    remedy: () =>
      'Compare o que as regras pedem com os leads que chegam; `ponte preview` mostra o que elas fazem de um deles.',
  },
}

const notes: DoctorTexts['notes'] = {
  REDIS_HIDES_SETTING: facts =>
    `não foi possível verificar: este Redis não mostra ${facts('settings')}; confira no painel do provedor`,
  SEEN_IN_USE: facts => `em uso: um lead do TOTVS CRM tem o id de ${facts('variable')}`,
  NOT_SEEN_IN_USE: facts =>
    `não foi possível verificar: nenhum dos ${facts('leads')} leads lidos tem o id de ${facts('variable')}, e ${facts('setting')} não indica uma lista para comparar${inUse(facts)}`,
  SAMPLE_NOT_SEEN_IN_USE: facts =>
    `não foi possível verificar: variables.${facts('variable')} ainda tem o valor de exemplo, e nenhum dos ${facts('leads')} leads lidos o usa; defina o id do seu TOTVS CRM, ou indique a lista em ${facts('setting')}${inUse(facts)}`,
  NO_OPPORTUNITY: () =>
    'não foi possível verificar: o TOTVS CRM não tem oportunidades; crie uma e execute o doctor de novo',
  STATUS_FIELD_NOT_SHOWN: facts =>
    `não foi possível verificar: nenhuma oportunidade mostra ${facts('field')} nem outro campo personalizado vazio; preencha ${facts('field')} em uma e execute o doctor de novo`,
  STAGE_TELLS_NO_PIPELINE: () => 'não foi possível verificar: o TOTVS CRM não mostra o pipeline de uma etapa',
  PLAN_UNKNOWN: facts => `não foi possível verificar: ${facts('found')} chamadas por minuto exigem o plano Advanced`,
  RD_WEBHOOKS_NOT_SHOWN: () => 'não foi possível verificar: o RD Station não lista os webhooks desta conta',
  RD_WEBHOOK_NOT_LISTED: facts =>
    `não foi possível verificar: a API do RD Station não lista nenhum webhook para ${facts('url')}. Está certo se quem envia os leads é um fluxo de automação ou um webhook criado na tela do RD Station (a API não os lista). Senão nenhum lead chega: \`ponte connect --webhook\` cadastra um`,
  SHADOW_SHARES_NOTHING: facts =>
    `em ordem: em modo sombra nada é gravado. O aplicativo no RD Station (${facts('app')}) e o usuário no TOTVS CRM (${facts('user')}) têm de ser só do Ponte, nunca os do pacote; daqui não dá para ver isso`,
  ACCOUNT_BUSY: () => 'não foi possível verificar: um worker está renovando os tokens; execute o doctor de novo',
  NO_RECORD_SHOWN: facts =>
    `não foi possível verificar ${facts('targets')}: o TOTVS CRM não tem nenhum registro desse tipo`,
  CUSTOM_FIELDS_NOT_SHOWN: facts =>
    `não foi possível verificar ${facts('targets')}: nenhum dos ${facts('records')} registros lidos mostra campos personalizados na forma de totvsCrm.customFields`,
  NO_LEAD_WATCHED: facts =>
    `não foi possível verificar: nenhum worker tratou um lead com estas regras nos últimos ${facts('days')} dias`,
  WATCHED_SHORTLY: facts =>
    `ainda não foi possível verificar: sem uso até agora, e observados há menos de ${facts('days')} dias: ${facts('names')}`,
  CHECK_BROKE: facts =>
    `não foi possível verificar: a própria verificação falhou (${facts('error')}); comunique o erro`,
  AFTER_OTHER_PROBLEM: facts => `não verificado: corrija antes ${facts('check')}`,
}

export const ptBr: DoctorTexts = {
  description: 'verifica a configuração de cada empresa: o que está errado e o que fazer',
  url: 'envia também uma entrega vazia à entrada neste endereço, com cada token, e procura o endereço nos webhooks do RD Station',
  installation: 'instalação',
  checking: tenant => `${tenant}: verificando…`,
  fine: 'em ordem',
  seePage: (solution, page) => `${solution} Mais: ${page}`,
  wrongValues,
  thereAre,
  refusedReads: {
    CRM_REJECTED: facts => `Compare ${facts('setting')} e totvsCrm.integrationPath com os endereços do seu TOTVS CRM.`,
    RD_REJECTED: () =>
      'Corrija rdStation.baseUrl e rdStation.tokenUrl. Confira se nenhum proxy responde no lugar deles.',
  },
  summary: ({ checks, problems: found, warnings: warned, unknown, skipped }) =>
    [
      `${counted('pt-BR', checks, 'verificação', 'verificações')}: ${found === 0 ? 'nenhum problema' : counted('pt-BR', found, 'problema', 'problemas')}`,
      ...(warned === 0 ? [] : [counted('pt-BR', warned, 'aviso', 'avisos')]),
      ...(unknown === 0 ? [] : [`${unknown} sem verificação possível`]),
      ...(skipped === 0 ? [] : [counted('pt-BR', skipped, 'não verificada', 'não verificadas')]),
    ].join(', '),
  problems,
  warnings,
  notes,
}
