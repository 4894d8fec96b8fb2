import { type FailureRow, type Remedy, triedAgain } from './failure-row.ts'

interface CrmFailure extends FailureRow {
  readonly system: 'totvs-crm'
  readonly remedy: Remedy
}

/** What goes wrong at TOTVS CRM, or with the settings by which Ponte calls it. */
export const crmFailures = {
  CRM_UNREACHABLE: {
    system: 'totvs-crm',
    breakerReason: 'down',
    remedy: 'retry-later',
    en: {
      happened: 'TOTVS CRM could not be reached.',
      solution: 'Usually temporary; otherwise check network, DNS and `totvsCrm.baseUrl`.',
      steps: "Try the address from the worker's machine: a firewall, a proxy or a certificate may be in the way.",
      triedAgain:
        'Yes. After `circuitBreaker.failureThreshold` (5) failures in a row calls are paused, and an outage of any length costs no further attempts.',
    },
    pt: {
      happened: 'o TOTVS CRM não respondeu',
      solution: 'Em geral é temporário; senão, verifique rede, DNS e `totvsCrm.baseUrl`.',
      steps: 'Teste o endereço a partir da máquina do worker: pode ser o firewall, um proxy ou o certificado.',
      triedAgain:
        'Sim. Depois de `circuitBreaker.failureThreshold` (5) falhas seguidas, as chamadas entram em pausa automática, e uma queda de qualquer duração não gasta mais tentativas.',
    },
  },
  CRM_UNAVAILABLE: {
    system: 'totvs-crm',
    breakerReason: 'down',
    remedy: 'retry-later',
    en: {
      happened: 'TOTVS CRM answered that it is unavailable.',
      details:
        'The answer was an error of its own (5xx), a web page, a time-out of its gateway, or a redirect, which Ponte never follows.',
      solution: 'Wait: events are paused and continue by themselves.',
      steps:
        "If only one event fails so, TOTVS CRM cannot process that record: send its answer, in the job's log, to TOTVS's support, then *Retry*.",
      triedAgain:
        'Yes, as after [CRM_UNREACHABLE](#crm_unreachable). A record that alone keeps failing fails permanently after `retry.attempts` attempts.',
    },
    pt: {
      happened: 'o TOTVS CRM está indisponível',
      details:
        'A resposta foi um erro próprio (5xx), uma página, o tempo esgotado do gateway dele, ou um redirecionamento, que o Ponte nunca segue.',
      solution: 'Aguarde: os eventos ficam em pausa e seguem sozinhos.',
      steps:
        'Se só um evento falha assim, o TOTVS CRM não consegue processar aquele registro: envie a resposta, que está no log do evento, ao suporte da TOTVS e depois use *Reenviar*.',
      triedAgain:
        'Sim, como em [CRM_UNREACHABLE](#crm_unreachable). Um registro que falha sozinho deixa de ser tentado depois de `retry.attempts` tentativas.',
    },
  },
  CRM_THROTTLED: {
    system: 'totvs-crm',
    breakerReason: 'throttled',
    remedy: 'retry-later',
    en: {
      happened: 'TOTVS CRM asked to wait.',
      solution: 'Wait: events are paused as long as TOTVS CRM asked.',
      steps: 'If it happens every day, ask TOTVS which rate your contract allows, and lower `WORKER_CONCURRENCY`.',
      triedAgain: triedAgain.asAsked.en,
    },
    pt: {
      happened: 'o TOTVS CRM pediu para aguardar',
      solution: 'Aguarde: os eventos ficam em pausa pelo tempo que o TOTVS CRM pediu.',
      steps: 'Se acontece todo dia, pergunte à TOTVS que ritmo o contrato permite e reduza `WORKER_CONCURRENCY`.',
      triedAgain: triedAgain.asAsked.pt,
    },
  },
  CRM_CONFLICT: {
    system: 'totvs-crm',
    maxTries: 3,
    remedy: 'retry-later',
    en: {
      happened: 'TOTVS CRM kept reporting a conflict with another change.',
      details: 'The answer was 409: somebody else changed the record at the same moment.',
      solution: 'Retry; find out who changes the same record.',
      triedAgain: 'Three times in all, less than a second apart; then the job fails.',
    },
    pt: {
      happened: 'o TOTVS CRM informou conflito com outra alteração',
      details: 'A resposta foi 409: alguém alterou o registro no mesmo momento.',
      solution: 'Reenvie; veja quem altera o mesmo registro.',
      triedAgain: 'Três vezes ao todo, com menos de um segundo de intervalo; depois o evento falha.',
    },
  },
  CRM_LOGIN_REJECTED: {
    system: 'totvs-crm',
    breakerReason: 'revoked',
    isSecretRefused: true,
    remedy: 'tell-administrator',
    en: {
      happened: 'TOTVS CRM refused the user name, password or tenant.',
      solution:
        'Correct user, password or `totvsCrm.tenant`. Events wait, and go on by themselves after the correction.',
      steps:
        'Log in to TOTVS CRM with `totvsCrm.username`, `password` and `tenant`. After one in TOTVS CRM wait for the next check.',
      triedAgain:
        'Yes. Everything for TOTVS CRM is paused; the pauses between logins grow fourfold. Where TOTVS CRM locks a user after a few refused logins, raise `probeSeconds` and `maxProbeSeconds`.',
    },
    pt: {
      happened: 'o TOTVS CRM recusou usuário, senha ou empresa',
      solution: 'Corrija usuário, senha ou `totvsCrm.tenant`. Os eventos esperam e seguem sozinhos depois da correção.',
      steps:
        'Entre no TOTVS CRM com `totvsCrm.username`, `password` e `tenant`. Depois de corrigir no TOTVS CRM, aguarde a próxima verificação.',
      triedAgain:
        'Sim. Tudo para o TOTVS CRM fica em pausa; as pausas entre os logins crescem quatro vezes. Se o TOTVS CRM bloqueia um usuário depois de poucos logins recusados, aumente `probeSeconds` e `maxProbeSeconds`.',
    },
  },
  CRM_UNAUTHORIZED: {
    system: 'totvs-crm',
    breakerReason: 'revoked',
    remedy: 'tell-administrator',
    en: {
      happened: 'TOTVS CRM refused the session right after a new login.',
      solution: 'Check the permissions of the integration user. Events wait and continue by themselves.',
      steps: 'Give the user a role (*papel*) that may use leads, opportunities and users through the integration API.',
      triedAgain: 'Yes, as with [CRM_LOGIN_REJECTED](#crm_login_rejected).',
    },
    pt: {
      happened: 'o TOTVS CRM recusou a sessão logo após novo login',
      solution: 'Verifique as permissões do usuário da integração. Os eventos esperam e seguem sozinhos.',
      steps: 'Dê ao usuário um papel que permita usar leads, oportunidades e usuários pela API de integração.',
      triedAgain: 'Sim, como em [CRM_LOGIN_REJECTED](#crm_login_rejected).',
    },
  },
  CRM_REJECTED: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'TOTVS CRM refused the data.',
      details: "Its answer is in the job's log, without personal data.",
      solution: 'Correct the data, the variables or the rules, and retry.',
      steps: `The usual causes:

- an id in \`variables\` that this CRM does not have (\`./ponte doctor\` checks them);
- a field or a rule that the company made obligatory;
- a resource name under \`totvsCrm.resources\` that this CRM does not have.

After a correction of the tenants file wait 10 s; a record is corrected in TOTVS CRM.`,
    },
    pt: {
      happened: 'o TOTVS CRM recusou os dados',
      details: 'A resposta está no log do evento, sem dados pessoais.',
      solution: 'Corrija os dados, as variáveis ou as regras e reenvie.',
      steps: `As causas comuns:

- um id em \`variables\` que este CRM não tem (\`./ponte doctor\` os verifica);
- um campo ou uma regra que a empresa tornou obrigatórios;
- um nome de recurso em \`totvsCrm.resources\` que este CRM não tem.

Depois de corrigir o arquivo de tenants, espere 10 s; um registro se corrige no TOTVS CRM.`,
    },
  },
  CRM_UNREADABLE: {
    system: 'totvs-crm',
    isOutcomeUnknown: true,
    remedy: 'tell-administrator',
    en: {
      happened: 'Ponte could not read the response from TOTVS CRM.',
      details: 'It says success, but is not JSON, too large, or without the expected members.',
      solution: 'Check `totvsCrm.resources` and `integrationPath`; report the line of the log.',
      steps:
        'Check `baseUrl` and `loginPath` too: one of the four may be the address of a page, not of the API. Before you retry, see in TOTVS CRM whether the record was written: the log says which call it was.',
      triedAgain: 'No: the call may have had its effect.',
    },
    pt: {
      happened: 'o Ponte não conseguiu ler a resposta do TOTVS CRM',
      details: 'Ela indica sucesso, mas não é JSON, é grande demais ou não tem os membros esperados.',
      solution: 'Confira `totvsCrm.resources` e `integrationPath`; informe a linha do log.',
      steps:
        'Confira também `baseUrl` e `loginPath`: um dos quatro pode ser o endereço de uma página, e não da API. Antes de reenviar, veja no TOTVS CRM se o registro foi gravado: o log diz qual chamada foi.',
      triedAgain: 'Não: a chamada pode ter tido efeito.',
    },
  },
  CRM_LIST_INCOMPLETE: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'TOTVS CRM did not give a list to its end, so nobody knows whether the record exists.',
      details: 'Usually the CRM does not apply the header `Integration-Filter` to this resource.',
      solution: 'Run `ponte doctor`: the CRM has to apply filters and pages. Then retry.',
      steps:
        "If it finds a problem in `crm-filters`, ask TOTVS's support why, and compare `totvsCrm.resources` with the names of your CRM.",
      triedAgain: 'No. Only when other lists fill the memory that a worker has for them, a second later.',
    },
    pt: {
      happened: 'o TOTVS CRM não entregou a lista até o fim: não se sabe se o registro existe',
      details: 'Em geral o CRM não aplica o cabeçalho `Integration-Filter` a este recurso.',
      solution: 'Rode `ponte doctor`: o CRM precisa aplicar filtros e páginas. Depois reenvie.',
      steps:
        'Se ele apontar um problema em `crm-filters`, pergunte ao suporte da TOTVS por quê, e compare `totvsCrm.resources` com os nomes do seu CRM.',
      triedAgain: 'Não. Só quando outras listas ocupam a memória que um worker tem para elas, um segundo depois.',
    },
  },
  CRM_CONTEXT_URL_REFUSED: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'The event points to an address that is not allowed.',
      solution: 'Compare the address with `totvsCrm.contextUrlPattern`.',
      steps:
        "The address is `contextUrl` in the job's data. If opportunities have a new address, widen the pattern, wait 10 s and *Retry*. Anything else may be a forged event of somebody who knows the token: replace `webhookTokens.totvsCrm`.",
    },
    pt: {
      happened: 'o evento aponta para um endereço não permitido',
      solution: 'Compare o endereço com `totvsCrm.contextUrlPattern`.',
      steps:
        'O endereço é o `contextUrl` nos dados do evento. Se as oportunidades têm um endereço novo, amplie o padrão, espere 10 s e use *Reenviar*. Qualquer outra coisa pode ser um evento forjado por quem conhece o token: troque `webhookTokens.totvsCrm`.',
    },
  },
  CRM_OPPORTUNITY_NOT_FOUND: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'The opportunity does not exist in TOTVS CRM.',
      details: "It was deleted, or the integration's user may not see it.",
      solution: 'If it was deleted, remove the event.',
      steps: 'If it is there, give the user a role that sees all opportunities, then *Retry*.',
      triedAgain: 'No, and there is no `statusRD` to write into.',
    },
    pt: {
      happened: 'a oportunidade não existe no TOTVS CRM',
      details: 'Ela foi excluída, ou o usuário da integração não pode vê-la.',
      solution: 'Se foi excluída, remova o evento.',
      steps: 'Se está lá, dê ao usuário um papel que veja todas as oportunidades e use *Reenviar*.',
      triedAgain: 'Não, e não há `statusRD` onde escrever.',
    },
  },
  CRM_LEAD_NOT_FOUND: {
    system: 'totvs-crm',
    remedy: { pt: 'Associe um lead existente à oportunidade e salve.' },
    en: {
      happened: "The opportunity's lead does not exist in TOTVS CRM.",
      details: "Or the integration's user may not see it.",
      solution: "Restore or set the opportunity's lead; retry.",
      steps:
        'Choose another lead in the opportunity and save it. If the lead is there, give the user a role that sees all leads; then *Retry*, or for a mark write `REENVIAR` into `statusRD`.',
      triedAgain: triedAgain.inRounds.en,
    },
    pt: {
      happened: 'o lead da oportunidade não existe no TOTVS CRM',
      details: 'Ou o usuário da integração não pode vê-lo.',
      solution: 'Restaure ou informe o lead da oportunidade; reenvie.',
      steps:
        'Escolha outro lead na oportunidade e salve. Se o lead está lá, dê ao usuário um papel que veja todos os leads; depois, *Reenviar* ou, para uma marcação, escreva `REENVIAR` no `statusRD`.',
      triedAgain: triedAgain.inRounds.pt,
    },
  },
  CRM_STATUS_UNKNOWN: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'The opportunity has a status that is not in statusMap.',
      solution: 'Add the status to `totvsCrm.statusMap`; 10 s later retry.',
      steps: 'Its meaning is `open`, `won`, `lost` or `ignored`.',
      triedAgain: 'In the rounds of `statusRD`; only the setting fixes it.',
    },
    pt: {
      happened: 'a situação da oportunidade não está no statusMap',
      solution: 'Inclua a situação em `totvsCrm.statusMap`; após 10 s, reenvie.',
      steps: 'O significado dela é `open`, `won`, `lost` ou `ignored`.',
      triedAgain: 'Nas rodadas do `statusRD`; só a configuração resolve.',
    },
  },
  CRM_VALUE_MISSING: {
    system: 'totvs-crm',
    remedy: {
      pt: 'Confira o valor e salve a oportunidade; para registrar a venda com valor 0, escreva REENVIAR em {field}.',
    },
    en: {
      happened: 'The won opportunity came without the member that holds its value, which nearly all others have.',
      details:
        'It is `totalValue`; the others are the last 200 won ones. A sale of 0 would be wrong, so none was registered.',
      solution: 'Find out whether TOTVS CRM renamed `totalValue`; a retry registers the sale with the value 0.',
      steps:
        'See [a vendor changed an answer](operating/incidents.md#a-vendor-changed-an-answer). If the opportunity has a value, wait until Ponte reads it. If it has none, *Retry*, or write `REENVIAR` into `statusRD`.',
      triedAgain: 'In the rounds of `statusRD`: should the member be back, the sale is registered with its value.',
    },
    pt: {
      happened: 'a oportunidade ganha veio sem o campo do valor, que quase todas as outras têm',
      details:
        'É o `totalValue`; as outras são as últimas 200 ganhas. Uma venda de 0 estaria errada, então nenhuma foi registrada.',
      solution: 'Veja se o TOTVS CRM mudou o nome de `totalValue`; um reenvio registra a venda com valor 0.',
      steps:
        'Veja [um fornecedor mudou uma resposta](operating/incidents.pt-BR.md#um-fornecedor-mudou-uma-resposta). Se a oportunidade tem valor, aguarde até o Ponte conseguir lê-lo. Se não tem, use *Reenviar* ou escreva `REENVIAR` no `statusRD`.',
      triedAgain: 'Nas rodadas do `statusRD`: se o campo voltar, a venda é registrada com o valor dele.',
    },
  },
  CRM_CREATION_UNREADABLE: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'Ponte could not read when the opportunity was created.',
      details: 'Its sale may have been told to RD Station before Ponte came, so nothing was sent.',
      solution: 'Check `createdAt` of the opportunity in TOTVS CRM; report its form.',
      steps: 'Ponte reads ISO 8601, seconds and milliseconds since 1970, and dd/mm/yyyy.',
    },
    pt: {
      happened: 'o Ponte não conseguiu ler quando a oportunidade foi criada',
      details: 'A venda pode ter sido informada ao RD Station antes do Ponte; por isso nada foi enviado.',
      solution: 'Confira o `createdAt` da oportunidade no TOTVS CRM; informe a forma dele.',
      steps: 'O Ponte lê ISO 8601, segundos e milissegundos desde 1970, e dd/mm/aaaa.',
    },
  },
  CRM_STATUS_FIELD_UNREADABLE: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'TOTVS CRM does not show what Ponte wrote into the field statusRD.',
      details: 'The field has another name, or opportunities are read from an address without custom fields.',
      solution: 'Correct `statusRd.field` or `totvsCrm.customFields` (`ponte doctor`); 10 s later retry.',
      triedAgain: 'No. When TOTVS CRM shows a later text, the job is done by itself.',
    },
    pt: {
      happened: 'o TOTVS CRM não mostra o que o Ponte escreveu no campo statusRD',
      details: 'O campo tem outro nome, ou as oportunidades são lidas de um endereço sem campos personalizados.',
      solution: 'Corrija `statusRd.field` ou `totvsCrm.customFields` (`ponte doctor`); após 10 s, reenvie.',
      triedAgain: 'Não. Quando o TOTVS CRM mostra um texto posterior, o evento é concluído sozinho.',
    },
  },
  CRM_DEFAULT_USER_NOT_FOUND: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'The default user does not exist in TOTVS CRM.',
      details: "The lead's owner in RD Station is no usable user of TOTVS CRM either.",
      solution: 'Correct `totvs_crm_default_user`; 10 s later retry.',
      steps: 'The variable is the e-mail of an active user with a role; `./ponte doctor` checks the user.',
      triedAgain: 'No: leads without an owner wait, as failed jobs, for 30 days.',
    },
    pt: {
      happened: 'o usuário padrão não existe no TOTVS CRM',
      details: 'O responsável pelo lead no RD Station também não é um usuário utilizável do TOTVS CRM.',
      solution: 'Corrija `totvs_crm_default_user`; após 10 s, reenvie.',
      steps: 'A variável é o e-mail de um usuário ativo que tenha um papel; `./ponte doctor` verifica o usuário.',
      triedAgain: 'Não: leads sem responsável esperam, como eventos com falha, por 30 dias.',
    },
  },
  CRM_DEFAULT_USER_INACTIVE: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'The default user is inactive in TOTVS CRM.',
      solution: 'Activate the user or name another; retry.',
      steps: 'If you name another, wait 10 s. Then *Retry all*.',
    },
    pt: {
      happened: 'o usuário padrão está inativo no TOTVS CRM',
      solution: 'Ative o usuário ou indique outro; reenvie.',
      steps: 'Se indicar outro, espere 10 s. Depois, *Reenviar todos*.',
    },
  },
  CRM_DEFAULT_USER_WITHOUT_ROLE: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'The default user has no role in TOTVS CRM.',
      solution: 'Give the user a role in TOTVS CRM; retry.',
      steps: 'Or name another and wait 10 s. Then *Retry all*.',
    },
    pt: {
      happened: 'o usuário padrão não tem papel no TOTVS CRM',
      solution: 'Dê um papel (role) ao usuário no TOTVS CRM; reenvie.',
      steps: 'Ou indique outro e espere 10 s. Depois, *Reenviar todos*.',
    },
  },
  CRM_CATALOG_ENTRY_NOT_FOUND: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'No stage, type or pipeline in TOTVS CRM has this description.',
      details: 'The failed reason names the variable. The lead was written, its opportunity not opened.',
      solution: 'Correct stage, type or pipeline in `variables`; 10 s later retry.',
      steps:
        'Compare `totvs_crm_pipeline`, `totvs_crm_oportunity_stage` and `totvs_crm_oportunity_type` with TOTVS CRM (case and accents do not matter), or use the id.',
    },
    pt: {
      happened: 'etapa, tipo ou pipeline não encontrado no TOTVS CRM',
      details: 'O motivo da falha indica a variável. O lead foi gravado, a oportunidade dele não foi aberta.',
      solution: 'Corrija etapa, tipo ou pipeline em `variables`; após 10 s, reenvie.',
      steps:
        'Compare `totvs_crm_pipeline`, `totvs_crm_oportunity_stage` e `totvs_crm_oportunity_type` com o TOTVS CRM (maiúsculas e acentos não importam), ou use o id.',
    },
  },
  CRM_CATALOG_ENTRY_AMBIGUOUS: {
    system: 'totvs-crm',
    remedy: 'correct-and-save',
    en: {
      happened: 'Several stages, types or pipelines in TOTVS CRM have this description.',
      details: 'The failed reason names the variable.',
      solution: 'Rename one of the equal entries in TOTVS CRM; retry.',
      steps: 'Or put the id of the right one into the variable and wait 10 s. Then *Retry all*.',
    },
    pt: {
      happened: 'há mais de uma etapa, tipo ou pipeline com essa descrição no TOTVS CRM',
      details: 'O motivo da falha indica a variável.',
      solution: 'Renomeie uma das entradas iguais no TOTVS CRM; reenvie.',
      steps: 'Ou ponha o id da certa na variável e espere 10 s. Depois, *Reenviar todos*.',
    },
  },
  ROUTE_NOT_POSSIBLE: {
    system: 'totvs-crm',
    remedy: 'tell-administrator',
    en: {
      happened: 'A route names a pipeline, stage or type that TOTVS CRM does not have.',
      details:
        'Or TOTVS CRM has several. The failed reason says which [route](./fields-and-rules.md#routes) and which of the three. Nothing was written for this lead; leads of other routes go on.',
      solution: 'Correct the route that is named, or the entry in TOTVS CRM; 10 s later retry.',
      steps: 'Then *Retry all*.',
    },
    pt: {
      happened: 'uma rota indica pipeline, etapa ou tipo que o TOTVS CRM não tem',
      details:
        'Ou o TOTVS CRM tem vários. O motivo da falha diz qual [rota (em inglês)](./fields-and-rules.md#routes) e qual dos três. Nada foi gravado para este lead; os leads de outras rotas seguem.',
      solution: 'Corrija a rota indicada, ou a entrada no TOTVS CRM; após 10 s, reenvie.',
      steps: 'Depois, *Reenviar todos*.',
    },
  },
} as const satisfies Readonly<Record<string, CrmFailure>>
