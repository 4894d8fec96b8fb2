/**
 * Every failure Ponte knows, for ever: codes are never renamed. `en` is what operators see on the board;
 * `pt` is what CRM users read in `statusRD` (lower case, no final stop, it follows `CODE: `).
 * Each code has a section in docs/failures.md and docs/failures.pt-BR.md; a test compares them.
 */
export const failures = {
  // Answers of the ingress (application/problem+json)
  UNAUTHORIZED: { en: 'The webhook token is missing or wrong.', pt: 'token do webhook ausente ou incorreto' },
  TOO_MANY_WRONG_TOKENS: {
    en: 'Too many wrong webhook tokens came from this address.',
    pt: 'tokens de webhook incorretos demais vieram deste endereço',
  },
  INTAKE_LIMITED: {
    en: 'The tenant delivers more than its intake allows; nothing was accepted.',
    pt: 'o tenant entrega mais do que o limite de entrada permite; nada foi aceito',
  },
  QUARANTINE_FULL: {
    en: 'The quarantine of the tenant is full; what Ponte could not read was not accepted.',
    pt: 'a quarentena do tenant está cheia; o que o Ponte não conseguiu ler não foi aceito',
  },
  NOT_FOUND: { en: 'There is nothing at this address.', pt: 'endereço inexistente' },
  METHOD_NOT_ALLOWED: { en: 'This address takes another HTTP method.', pt: 'método HTTP não aceito neste endereço' },
  REQUEST_TIMEOUT: { en: 'The request did not arrive completely in time.', pt: 'a requisição não chegou a tempo' },
  BODY_TOO_LARGE: { en: 'The body is larger than 1 MiB.', pt: 'corpo maior que 1 MiB' },
  BODY_TYPE_UNSUPPORTED: {
    en: 'The body is neither JSON nor a form in plain UTF-8.',
    pt: 'o corpo não é JSON nem formulário em UTF-8 sem compressão',
  },
  HEADERS_TOO_LARGE: { en: 'The headers of the request are too large.', pt: 'cabeçalhos grandes demais' },
  REQUEST_MALFORMED: { en: 'The request is not valid HTTP.', pt: 'requisição HTTP inválida' },
  QUEUE_UNAVAILABLE: {
    en: 'Redis did not confirm the event; nothing was accepted.',
    pt: 'o Redis não confirmou o evento; nada foi aceito',
  },
  INTERNAL_ERROR: { en: 'Ponte met an error it did not expect.', pt: 'erro inesperado no Ponte' },

  // Quarantine: authentic and unreadable
  BODY_NOT_JSON: { en: 'The body is not valid JSON.', pt: 'o corpo não é JSON válido' },
  BODY_NOT_UNDERSTOOD: {
    en: 'The body is JSON of a shape that Ponte does not know.',
    pt: 'o corpo tem um formato que o Ponte não conhece',
  },
  BODY_TOO_MANY_EVENTS: {
    en: 'The body holds more events than Ponte reads at once (1,000).',
    pt: 'o corpo tem mais eventos do que o Ponte lê de uma vez (1.000)',
  },
  LEAD_NOT_UNDERSTOOD: { en: 'A lead in the body is not an object.', pt: 'um lead do corpo não é um objeto' },
  LEAD_WITHOUT_IDENTITY: {
    en: 'The lead has neither a usable e-mail nor a usable phone.',
    pt: 'o lead não tem e-mail nem telefone utilizável',
  },
  CRM_EVENT_NOT_UNDERSTOOD: {
    en: 'The CRM event does not say which opportunity it is about.',
    pt: 'o evento do CRM não informa a oportunidade',
  },
  CRM_TRIGGER_UNKNOWN: {
    en: 'The CRM event does not say what happened.',
    pt: 'o evento do CRM não informa o que aconteceu',
  },

  // TOTVS CRM
  CRM_UNREACHABLE: { en: 'TOTVS CRM could not be reached.', pt: 'o TOTVS CRM não respondeu' },
  CRM_UNAVAILABLE: { en: 'TOTVS CRM answered that it is unavailable.', pt: 'o TOTVS CRM está indisponível' },
  CRM_THROTTLED: { en: 'TOTVS CRM asked to wait.', pt: 'o TOTVS CRM pediu para aguardar' },
  CRM_CONFLICT: {
    en: 'TOTVS CRM kept reporting a conflict with another change.',
    pt: 'o TOTVS CRM informou conflito com outra alteração',
  },
  CRM_LOGIN_REJECTED: {
    en: 'TOTVS CRM refused the user name, password or tenant.',
    pt: 'o TOTVS CRM recusou usuário, senha ou empresa',
  },
  CRM_UNAUTHORIZED: {
    en: 'TOTVS CRM refused the session right after a new login.',
    pt: 'o TOTVS CRM recusou a sessão logo após novo login',
  },
  CRM_REJECTED: { en: 'TOTVS CRM refused the data.', pt: 'o TOTVS CRM recusou os dados' },
  CRM_UNREADABLE: {
    en: 'TOTVS CRM answered something that Ponte cannot read.',
    pt: 'resposta do TOTVS CRM não compreendida',
  },
  CRM_LIST_INCOMPLETE: {
    en: 'TOTVS CRM did not give a list to its end: whether the record exists is not known.',
    pt: 'o TOTVS CRM não entregou a lista até o fim: não se sabe se o registro existe',
  },
  CRM_CONTEXT_URL_REFUSED: {
    en: 'The event points to an address that is not allowed.',
    pt: 'o evento aponta para um endereço não permitido',
  },
  CRM_OPPORTUNITY_NOT_FOUND: {
    en: 'The opportunity does not exist in TOTVS CRM.',
    pt: 'a oportunidade não existe no TOTVS CRM',
  },
  CRM_LEAD_NOT_FOUND: {
    en: "The opportunity's lead does not exist in TOTVS CRM.",
    pt: 'o lead da oportunidade não existe no TOTVS CRM',
  },
  CRM_STATUS_UNKNOWN: {
    en: 'The opportunity has a status that statusMap does not name.',
    pt: 'a situação da oportunidade não está no statusMap',
  },
  CRM_STATUS_FIELD_UNREADABLE: {
    en: 'TOTVS CRM does not show what Ponte wrote into the field statusRD.',
    pt: 'o TOTVS CRM não mostra o que o Ponte escreveu no campo statusRD',
  },
  CRM_DEFAULT_USER_NOT_FOUND: {
    en: 'The default user does not exist in TOTVS CRM.',
    pt: 'o usuário padrão não existe no TOTVS CRM',
  },
  CRM_DEFAULT_USER_INACTIVE: {
    en: 'The default user is inactive in TOTVS CRM.',
    pt: 'o usuário padrão está inativo no TOTVS CRM',
  },
  CRM_DEFAULT_USER_WITHOUT_ROLE: {
    en: 'The default user has no role in TOTVS CRM.',
    pt: 'o usuário padrão não tem papel no TOTVS CRM',
  },
  CRM_CATALOG_ENTRY_NOT_FOUND: {
    en: 'No stage, type or pipeline in TOTVS CRM has this description.',
    pt: 'etapa, tipo ou pipeline não encontrado no TOTVS CRM',
  },
  CRM_CATALOG_ENTRY_AMBIGUOUS: {
    en: 'Several stages, types or pipelines in TOTVS CRM have this description.',
    pt: 'há mais de uma etapa, tipo ou pipeline com essa descrição no TOTVS CRM',
  },

  // RD Station
  RD_UNREACHABLE: { en: 'RD Station could not be reached.', pt: 'o RD Station não respondeu' },
  RD_UNAVAILABLE: { en: 'RD Station answered that it is unavailable.', pt: 'o RD Station está indisponível' },
  RD_QUOTA_EXCEEDED: {
    en: "The account's quota at RD Station is used up for now.",
    pt: 'o limite de chamadas da conta no RD Station foi atingido',
  },
  RD_CONTACT_LIMITED: {
    en: 'RD Station limits the calls for this contact; this job waits.',
    pt: 'o RD Station limitou as chamadas deste contato',
  },
  RD_TOKEN_REVOKED: {
    en: 'RD Station revoked the connection; connect the account again.',
    pt: 'o RD Station revogou a conexão; conecte a conta novamente',
  },
  RD_CLIENT_REJECTED: {
    en: 'RD Station refused the client id or client secret.',
    pt: 'o RD Station recusou o client id ou o client secret',
  },
  RD_UNAUTHORIZED: {
    en: 'RD Station refused the access token right after it was renewed.',
    pt: 'o RD Station recusou o token logo após a renovação',
  },
  RD_FORBIDDEN: {
    en: "RD Station does not allow this with the account's plan or permissions.",
    pt: 'o plano ou as permissões da conta no RD Station não permitem a operação',
  },
  RD_REJECTED: { en: 'RD Station refused the data.', pt: 'o RD Station recusou os dados' },
  RD_UNREADABLE: {
    en: 'RD Station answered something that Ponte cannot read.',
    pt: 'resposta do RD Station não compreendida',
  },
  RD_CONTACT_NOT_FOUND: {
    en: 'The lead came from RD Station and its contact is no longer there.',
    pt: 'o contato não existe mais no RD Station',
  },
  RD_SALE_VALUE_ABOVE_LIMIT: {
    en: 'The value of the sale is above what RD Station accepts.',
    pt: 'valor da venda acima do limite do RD Station',
  },
  RD_SALE_VALUE_INVALID: {
    en: 'The value of the sale is not a number of zero or more.',
    pt: 'o valor da venda não é um número maior ou igual a zero',
  },

  // Ponte itself
  JOB_UNREADABLE: {
    en: 'The job holds data that this version of Ponte cannot read.',
    pt: 'o evento contém dados que esta versão do Ponte não lê',
  },
  JOB_ABANDONED: {
    en: 'Again and again the worker that ran this job died; the job may be the cause.',
    pt: 'o worker que processava este evento caiu repetidas vezes',
  },
  STATE_UNAVAILABLE: {
    en: 'Redis did not answer while the job ran.',
    pt: 'o Redis não respondeu durante o processamento',
  },
  STATE_UNREADABLE: {
    en: "Ponte's own record of this is damaged or was written by a newer version.",
    pt: 'o registro do Ponte sobre isto está danificado ou é de uma versão mais nova',
  },
} as const satisfies Record<string, { en: string; pt: string }>

export type FailureCode = keyof typeof failures

/** Type guard: is this text one of our codes? */
export const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(failures, text)
