import type { FailureRow, Remedy } from './failure-row.ts'

interface RdFailure extends FailureRow {
  readonly system: 'rd-station'
  readonly remedy: Remedy
}

/** What goes wrong at RD Station. */
export const rdFailures = {
  RD_UNREACHABLE: {
    system: 'rd-station',
    en: 'RD Station could not be reached.',
    pt: 'o RD Station não respondeu',
    breakerReason: 'down',
    solution: {
      en: 'Usually temporary; otherwise check network, DNS and `rdStation.baseUrl`.',
      pt: 'Em geral é temporário; senão, verifique rede, DNS e `rdStation.baseUrl`.',
    },
    remedy: 'retry-later',
  },
  RD_UNAVAILABLE: {
    system: 'rd-station',
    en: 'RD Station answered that it is unavailable.',
    pt: 'o RD Station está indisponível',
    breakerReason: 'down',
    solution: {
      en: 'Wait: events are paused and continue by themselves.',
      pt: 'Aguarde: os eventos ficam em pausa e seguem sozinhos.',
    },
    remedy: 'retry-later',
  },
  RD_QUOTA_EXCEEDED: {
    system: 'rd-station',
    en: "The account's quota at RD Station is used up for now.",
    pt: 'o limite de chamadas da conta no RD Station foi atingido',
    breakerReason: 'throttled',
    solution: {
      en: "Wait; set `callsPerMinute` to the plan's value; find out what else uses the account's quota.",
      pt: 'Aguarde; ajuste `callsPerMinute` ao plano; veja o que mais usa a cota da conta.',
    },
    remedy: 'retry-later',
  },
  RD_CONTACT_LIMITED: {
    system: 'rd-station',
    en: 'RD Station limits the calls for this contact; only this event waits.',
    pt: 'o RD Station limitou as chamadas deste contato',
    solution: {
      en: 'Nothing: only this event waits, a day at most.',
      pt: 'Nada: só este evento espera, no máximo um dia.',
    },
    remedy: 'retry-later',
  },
  RD_TOKEN_REVOKED: {
    system: 'rd-station',
    en: 'The connection to RD Station was revoked; reconnect the account.',
    pt: 'a conexão com o RD Station foi revogada; reconecte a conta',
    breakerReason: 'revoked',
    solution: {
      en: 'Reconnect the account (`ponte connect`).',
      pt: 'Reconecte a conta (`ponte connect`).',
    },
    remedy: 'tell-administrator',
  },
  RD_CLIENT_REJECTED: {
    system: 'rd-station',
    en: 'RD Station refused the client id or client secret.',
    pt: 'o RD Station recusou o client id ou o client secret',
    breakerReason: 'revoked',
    isSecretRefused: true,
    solution: {
      en: 'Correct `clientId` and `clientSecret`. Workers use it within 10 s.',
      pt: 'Corrija `clientId` e `clientSecret`. Os workers passam a usá-los em até 10 s.',
    },
    remedy: 'tell-administrator',
  },
  RD_UNAUTHORIZED: {
    system: 'rd-station',
    en: 'RD Station refused the access token right after it was renewed.',
    pt: 'o RD Station recusou o token logo após a renovação',
    breakerReason: 'revoked',
    solution: {
      en: 'If it lasts, reconnect the account. Events wait and continue by themselves.',
      pt: 'Se persistir, reconecte a conta. Os eventos esperam e seguem sozinhos.',
    },
    remedy: 'tell-administrator',
  },
  RD_FORBIDDEN: {
    system: 'rd-station',
    en: "RD Station does not allow this with the account's plan or permissions.",
    pt: 'o plano ou as permissões da conta no RD Station não permitem a operação',
    solution: {
      en: 'Check plan and permissions of the account (Pro or Advanced).',
      pt: 'Verifique plano e permissões da conta (Pro ou Advanced).',
    },
    remedy: { pt: 'Verifique o plano e as permissões no RD Station; depois, escreva REENVIAR em {field}.' },
  },
  RD_REJECTED: {
    system: 'rd-station',
    en: 'RD Station refused the data.',
    pt: 'o RD Station recusou os dados',
    solution: {
      en: "Correct it in the CRM and retry, or write `REENVIAR` into the opportunity's statusRD.",
      pt: 'Corrija no CRM e reenvie, ou escreva `REENVIAR` no campo statusRD da oportunidade.',
    },
    remedy: { pt: 'Corrija os dados da oportunidade ou do lead e salve, ou escreva REENVIAR em {field}.' },
  },
  RD_UNREADABLE: {
    system: 'rd-station',
    en: 'Ponte could not read the response from RD Station.',
    pt: 'o Ponte não conseguiu ler a resposta do RD Station',
    isOutcomeUnknown: true,
    solution: { en: 'Report the line of the log; retry later.', pt: 'Informe a linha do log; reenvie depois.' },
    remedy: 'tell-administrator',
  },
  RD_CONTACT_NOT_FOUND: {
    system: 'rd-station',
    en: 'The contact does not exist in RD Station.',
    pt: 'o contato não existe no RD Station',
    solution: {
      en: "If the contact was deleted, remove the event; otherwise correct the lead's e-mail.",
      pt: 'Se o contato foi excluído, remova o evento; senão, corrija o e-mail do lead.',
    },
    remedy: {
      pt: 'Recrie o contato no RD Station ou corrija o e-mail do lead; depois, escreva REENVIAR em {field}.',
    },
  },
  RD_MARK_UNCERTAIN: {
    system: 'rd-station',
    en: 'A mark may have gone to an e-mail that was no longer the contact’s, and RD Station cannot tell.',
    pt: 'uma marcação pode ter ido para um e-mail que não era mais o do contato, e o RD Station não permite saber',
    solution: {
      en: 'Look at the contact in RD Station. If the mark is missing, retry the event (or write `REENVIAR` into `statusRD`): it is then made again. If it is there, remove the failed event.',
      pt: 'Veja o contato no RD Station. Se a marcação faltar, reenvie o evento (ou escreva `REENVIAR` em `statusRD`): ela é refeita. Se estiver lá, remova o evento com falha.',
    },
    remedy: { pt: 'Se a marcação faltar no contato do RD Station, escreva REENVIAR em {field}.' },
  },
  RD_SALE_VALUE_ABOVE_LIMIT: {
    system: 'rd-station',
    en: 'The value of the sale is above what RD Station accepts.',
    pt: 'valor da venda acima do limite do RD Station',
    hasLimit: true,
    solution: {
      en: 'Correct the value; RD Station accepts at most R$ 99,999,999.00.',
      pt: 'Corrija o valor; o RD Station aceita até R$ 99.999.999,00.',
    },
    remedy: { pt: 'Corrija o valor da oportunidade e salve.' },
  },
  RD_SALE_VALUE_INVALID: {
    system: 'rd-station',
    en: 'The value of the sale is not a number of zero or more.',
    pt: 'o valor da venda não é um número maior ou igual a zero',
    solution: { en: "Correct the opportunity's value.", pt: 'Corrija o valor da oportunidade.' },
    remedy: { pt: 'Corrija o valor da oportunidade e salve.' },
  },
} as const satisfies Readonly<Record<string, RdFailure>>
