/** Why an event waits although nothing is wrong with it. */
export const waitReasons = {
  'system-paused': { en: '{system} is paused ({code})', pt: '{system} está em pausa automática ({code})' },
  'quota-used': {
    en: 'earlier events use the {quota} quota of RD Station',
    pt: 'a cota de {quota} do RD Station está sendo usada por eventos anteriores',
  },
  'other-answer-lost': {
    en: 'the answer about another opportunity of the contact was lost',
    pt: 'a resposta sobre outra oportunidade do contato se perdeu',
  },
  'record-behind-event': {
    en: 'the record does not show yet what the event says: it is read again',
    pt: 'o registro ainda não mostra o que o evento diz: será lido de novo',
  },
  'record-locked': {
    en: 'another event works on the same record',
    pt: 'outro evento trabalha no mesmo registro',
  },
  'token-renewed-elsewhere': {
    en: 'another worker is renewing the access token',
    pt: 'outro worker está renovando o token de acesso',
  },
  'login-elsewhere': {
    en: 'another worker is logging in to TOTVS CRM',
    pt: 'outro worker está entrando no TOTVS CRM',
  },
  'token-left-to-others': {
    en: 'this worker is stopping; another renews the access token',
    pt: 'este worker está parando; outro renova o token de acesso',
  },
  'replicas-missing': {
    en: 'too few replicas of Redis have the record of what is to be sent',
    pt: 'poucas réplicas do Redis têm o registro do que será enviado',
  },
  'call-not-made': { en: 'the call could not be made yet', pt: 'a chamada ainda não pôde ser feita' },
  'status-rd-not-shown-yet': {
    en: 'TOTVS CRM does not show statusRD yet',
    pt: 'o TOTVS CRM ainda não mostra o statusRD',
  },
  'failure-not-recorded': {
    en: 'the failure could not be recorded',
    pt: 'a falha não pôde ser registrada',
  },
  'contact-too-new': {
    en: 'RD Station created the contact moments ago and may drop its marks',
    pt: 'o RD Station criou o contato há pouco e pode descartar as marcações dele',
  },
  'shadow-begun': {
    en: 'the tenant is in the shadow now: nothing is written',
    pt: 'a empresa agora está em modo sombra: nada é gravado',
  },
  'shadow-over': {
    en: 'the shadow ended meanwhile: the event runs anew',
    pt: 'o modo sombra terminou nesse meio-tempo: o evento roda de novo',
  },
  'mode-of-file': {
    en: 'the tenants file of this worker and Redis say different modes: it starts no job of the tenant',
    pt: 'o arquivo de tenants deste worker e o Redis dizem modos diferentes: ele não inicia nenhum job da empresa',
  },
  'going-live': {
    en: 'what came since the package was switched off is enqueued first',
    pt: 'primeiro entra na fila o que chegou desde que o pacote foi desligado',
  },
} as const

export const waitingMessages = {
  waits: { en: 'waits {seconds} s: {why}', pt: 'espera {seconds} s: {why}' },
  ...waitReasons,
} as const
