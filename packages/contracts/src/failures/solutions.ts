import type { FailureCode } from './failures.ts'

/**
 * What to do about each failure, in one line: the last column of the table in docs/operating/errors.md and docs/operating/errors.pt-BR.md, which a test
 * compares, and what the command line says beside a failure. The whole explanation stands in docs/failures.md.
 */
export const solutions: Readonly<Record<FailureCode, { readonly en: string; readonly pt: string }>> = {
  UNAUTHORIZED: {
    en: 'Compare address and token in the sender with the tenants file.',
    pt: 'Compare endereço e token do remetente com o arquivo de tenants.',
  },
  TOO_MANY_WRONG_TOKENS: {
    en: 'Find out who sends them (the log has the address); correct the token in the sender.',
    pt: 'Veja quem os envia (o endereço está no log); corrija o token no remetente.',
  },
  INTAKE_LIMITED: {
    en: 'Find out who sends so much; the sender repeats; raise `intake`.',
    pt: 'Veja quem envia tanto; o remetente repete; aumente `intake`.',
  },
  QUARANTINE_FULL: {
    en: 'Correct the sender; retry or remove what is in quarantine; raise `intake.quarantineMaxMebibytes`.',
    pt: 'Corrija o remetente; tente de novo ou remova o que está na quarentena; aumente `intake.quarantineMaxMebibytes`.',
  },
  NOT_FOUND: {
    en: 'Correct the address of the webhook.',
    pt: 'Corrija o endereço do webhook.',
  },
  METHOD_NOT_ALLOWED: {
    en: 'Send webhooks with POST.',
    pt: 'Envie webhooks com POST.',
  },
  REQUEST_TIMEOUT: {
    en: 'Look at the network and the proxy before the ingress.',
    pt: 'Verifique a rede e o proxy à frente do ingress.',
  },
  BODY_TOO_LARGE: {
    en: 'Send smaller bodies (at most 1 MiB).',
    pt: 'Envie corpos menores (até 1 MiB).',
  },
  BODY_TYPE_UNSUPPORTED: {
    en: 'Send `Content-Type: application/json`, uncompressed.',
    pt: 'Envie `Content-Type: application/json`, sem compressão.',
  },
  HEADERS_TOO_LARGE: {
    en: 'Reduce what the proxy adds to the headers.',
    pt: 'Reduza o que o proxy acrescenta aos cabeçalhos.',
  },
  REQUEST_MALFORMED: {
    en: 'Mend the sender; percent-encode the token in the address.',
    pt: 'Corrija o remetente; codifique o token no endereço.',
  },
  QUEUE_UNAVAILABLE: {
    en: 'Mend Redis; the sender repeats by itself.',
    pt: 'Recupere o Redis; o remetente repete sozinho.',
  },
  INTERNAL_ERROR: {
    en: 'Collect the evidence of the support check list and report it; retry afterwards.',
    pt: 'Reúna as evidências do checklist de suporte e informe; depois reenvie.',
  },
  BODY_NOT_JSON: {
    en: 'Mend the sender; then have it send again.',
    pt: 'Corrija o remetente e peça novo envio.',
  },
  BODY_NOT_UNDERSTOOD: {
    en: 'See that the right tool calls the right address; retry after an upgrade.',
    pt: 'Veja se a ferramenta certa chama o endereço certo; reenvie após uma atualização.',
  },
  BODY_TOO_MANY_EVENTS: {
    en: 'Have the sender deliver fewer leads at a time; split what has come.',
    pt: 'Faça o remetente entregar menos leads por vez; divida o que já chegou.',
  },
  LEAD_NOT_UNDERSTOOD: {
    en: 'Mend the sender; then have it send again.',
    pt: 'Corrija o remetente e peça novo envio.',
  },
  LEAD_WITHOUT_IDENTITY: {
    en: 'Ask for e-mail or phone in the form; name the field in `leadFields`.',
    pt: 'Peça e-mail ou telefone no formulário; indique o campo em `leadFields`.',
  },
  CRM_EVENT_NOT_UNDERSTOOD: {
    en: "Set the workflow's webhook up again in TOTVS CRM.",
    pt: 'Refaça o webhook do workflow no TOTVS CRM.',
  },
  CRM_TRIGGER_UNKNOWN: {
    en: 'Use the addresses that name the event (`/opportunity-won`…).',
    pt: 'Use os endereços que nomeiam o evento (`/opportunity-won`…).',
  },
  CRM_UNREACHABLE: {
    en: 'Nothing, if it passes; else network, DNS, `totvsCrm.baseUrl`.',
    pt: 'Nada, se passar; senão rede, DNS, `totvsCrm.baseUrl`.',
  },
  CRM_UNAVAILABLE: {
    en: 'Wait: events rest and go on by themselves.',
    pt: 'Aguarde: os eventos descansam e seguem sozinhos.',
  },
  CRM_THROTTLED: {
    en: 'Wait: events rest as long as asked.',
    pt: 'Aguarde: os eventos descansam pelo tempo pedido.',
  },
  CRM_CONFLICT: {
    en: 'Retry; find who changes the same record.',
    pt: 'Reenvie; veja quem altera o mesmo registro.',
  },
  CRM_LOGIN_REJECTED: {
    en: 'Correct user, password or `totvsCrm.tenant`; restart the workers. Events wait and go on by themselves.',
    pt: 'Corrija usuário, senha ou `totvsCrm.tenant`; reinicie os workers. Os eventos esperam e seguem sozinhos.',
  },
  CRM_UNAUTHORIZED: {
    en: 'Check the permissions of the integration user. Events wait and go on by themselves.',
    pt: 'Verifique as permissões do usuário da integração. Os eventos esperam e seguem sozinhos.',
  },
  CRM_REJECTED: {
    en: "Read the CRM's words in the job's log, correct data or variables, retry.",
    pt: 'Leia a resposta do CRM no log do job, corrija dados ou variáveis, reenvie.',
  },
  CRM_UNREADABLE: {
    en: "Check `totvsCrm.resources` and `integrationPath`; report the log's line.",
    pt: 'Confira `totvsCrm.resources` e `integrationPath`; informe a linha do log.',
  },
  CRM_LIST_INCOMPLETE: {
    en: 'Run `ponte doctor`: the CRM has to apply filters and pages. Then retry.',
    pt: 'Rode `ponte doctor`: o CRM precisa aplicar filtros e páginas. Depois reenvie.',
  },
  CRM_CONTEXT_URL_REFUSED: {
    en: 'Compare with `totvsCrm.contextUrlPattern`.',
    pt: 'Compare com `totvsCrm.contextUrlPattern`.',
  },
  CRM_OPPORTUNITY_NOT_FOUND: {
    en: 'Was it deleted? Then remove the job.',
    pt: 'Foi excluída? Então remova o job.',
  },
  CRM_LEAD_NOT_FOUND: {
    en: "Restore or set the opportunity's lead; retry.",
    pt: 'Restaure ou informe o lead da oportunidade; reenvie.',
  },
  CRM_STATUS_UNKNOWN: {
    en: 'Add the status to `totvsCrm.statusMap`; restart; retry.',
    pt: 'Inclua a situação em `totvsCrm.statusMap`; reinicie; reenvie.',
  },
  CRM_STATUS_FIELD_UNREADABLE: {
    en: 'Correct `statusRd.field` or `totvsCrm.customFields` (`ponte doctor`); restart; retry.',
    pt: 'Corrija `statusRd.field` ou `totvsCrm.customFields` (`ponte doctor`); reinicie; reenvie.',
  },
  CRM_DEFAULT_USER_NOT_FOUND: {
    en: 'Correct `totvs_crm_default_user`; restart; retry.',
    pt: 'Corrija `totvs_crm_default_user`; reinicie; reenvie.',
  },
  CRM_DEFAULT_USER_INACTIVE: {
    en: 'Activate the user or name another; retry.',
    pt: 'Ative o usuário ou indique outro; reenvie.',
  },
  CRM_DEFAULT_USER_WITHOUT_ROLE: {
    en: 'Give the user a role in TOTVS CRM; retry.',
    pt: 'Dê um papel ao usuário no TOTVS CRM; reenvie.',
  },
  CRM_CATALOG_ENTRY_NOT_FOUND: {
    en: 'Correct stage, type or pipeline in `variables`; restart; retry.',
    pt: 'Corrija etapa, tipo ou pipeline em `variables`; reinicie; reenvie.',
  },
  CRM_CATALOG_ENTRY_AMBIGUOUS: {
    en: 'Rename one of the equal entries in TOTVS CRM; retry.',
    pt: 'Renomeie uma das entradas iguais no TOTVS CRM; reenvie.',
  },
  RD_UNREACHABLE: {
    en: 'Nothing, if it passes; else network, DNS, `rdStation.baseUrl`.',
    pt: 'Nada, se passar; senão rede, DNS, `rdStation.baseUrl`.',
  },
  RD_UNAVAILABLE: {
    en: 'Wait: events rest and go on by themselves.',
    pt: 'Aguarde: os eventos descansam e seguem sozinhos.',
  },
  RD_QUOTA_EXCEEDED: {
    en: "Wait; set `callsPerMinute` to the plan's value; find what else uses the account's quota.",
    pt: 'Aguarde; ajuste `callsPerMinute` ao plano; veja o que mais usa a cota da conta.',
  },
  RD_CONTACT_LIMITED: {
    en: 'Nothing: this event alone waits, a day at the most.',
    pt: 'Nada: só este evento espera, no máximo um dia.',
  },
  RD_TOKEN_REVOKED: {
    en: 'Connect the account again (`ponte connect`).',
    pt: 'Conecte a conta novamente (`ponte connect`).',
  },
  RD_CLIENT_REJECTED: {
    en: 'Correct `clientId` and `clientSecret`; restart the workers.',
    pt: 'Corrija `clientId` e `clientSecret`; reinicie os workers.',
  },
  RD_UNAUTHORIZED: {
    en: 'If it stays, connect the account again. Events wait and go on by themselves.',
    pt: 'Se persistir, conecte a conta novamente. Os eventos esperam e seguem sozinhos.',
  },
  RD_FORBIDDEN: {
    en: 'Check plan and permissions of the account (Pro or Advanced).',
    pt: 'Verifique plano e permissões da conta (Pro ou Advanced).',
  },
  RD_REJECTED: {
    en: "Read RD Station's words in the job's log, correct in the CRM, retry or `REENVIAR`.",
    pt: 'Leia a resposta do RD Station no log do job, corrija no CRM, reenvie ou `REENVIAR`.',
  },
  RD_UNREADABLE: {
    en: "Report the log's line; retry later.",
    pt: 'Informe a linha do log; reenvie depois.',
  },
  RD_CONTACT_NOT_FOUND: {
    en: "Was the contact deleted? Then remove the job; else correct the lead's e-mail.",
    pt: 'O contato foi excluído? Então remova o job; senão corrija o e-mail do lead.',
  },
  RD_SALE_VALUE_ABOVE_LIMIT: {
    en: 'Correct the value; RD Station takes at most R$ 99,999,999.00.',
    pt: 'Corrija o valor; o RD Station aceita até R$ 99.999.999,00.',
  },
  RD_SALE_VALUE_INVALID: {
    en: "Correct the opportunity's value.",
    pt: 'Corrija o valor da oportunidade.',
  },
  JOB_UNREADABLE: {
    en: 'Run one version of Ponte, the newest; retry.',
    pt: 'Use uma só versão do Ponte, a mais nova; reenvie.',
  },
  JOB_ABANDONED: {
    en: "Look at the worker's end (memory, crash), then retry.",
    pt: 'Veja por que o worker terminou (memória, falha), depois reenvie.',
  },
  STATE_UNAVAILABLE: {
    en: 'Mend Redis; retry.',
    pt: 'Recupere o Redis; reenvie.',
  },
  STATE_UNREADABLE: {
    en: 'Run one version of Ponte, the newest; retry.',
    pt: 'Use uma só versão do Ponte, a mais nova; reenvie.',
  },
}
