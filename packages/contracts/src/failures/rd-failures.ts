import { type FailureRow, type Remedy, triedAgain } from './failure-row.ts'

interface RdFailure extends FailureRow {
  readonly system: 'rd-station'
  readonly remedy: Remedy
}

/** What goes wrong at RD Station. */
export const rdFailures = {
  RD_UNREACHABLE: {
    system: 'rd-station',
    breakerReason: 'down',
    remedy: 'retry-later',
    en: {
      happened: 'RD Station could not be reached.',
      solution: 'Usually temporary; otherwise check network, DNS and `rdStation.baseUrl`.',
      steps: "Try the address from the worker's machine: a firewall or a proxy may be in the way.",
      triedAgain: 'Yes, as after [CRM_UNREACHABLE](#crm_unreachable).',
    },
    pt: {
      happened: 'o RD Station não respondeu',
      solution: 'Em geral é temporário; senão, verifique rede, DNS e `rdStation.baseUrl`.',
      steps: 'Teste o endereço a partir da máquina do worker: pode ser o firewall ou um proxy.',
      triedAgain: 'Sim, como em [CRM_UNREACHABLE](#crm_unreachable).',
    },
  },
  RD_UNAVAILABLE: {
    system: 'rd-station',
    breakerReason: 'down',
    remedy: 'retry-later',
    en: {
      happened: 'RD Station answered that it is unavailable.',
      details: 'The answer was an error of its own (5xx), a web page, or a redirect, which Ponte never follows.',
      solution: 'Wait: events are paused and continue by themselves.',
      steps: "If a single contact fails so, ask RD Station's support and *Retry*.",
      triedAgain: 'Yes, as after [RD_UNREACHABLE](#rd_unreachable).',
    },
    pt: {
      happened: 'o RD Station está indisponível',
      details: 'A resposta foi um erro próprio (5xx), uma página ou um redirecionamento, que o Ponte nunca segue.',
      solution: 'Aguarde: os eventos ficam em pausa e seguem sozinhos.',
      steps: 'Se um único contato falha assim, fale com o suporte do RD Station e use *Reenviar*.',
      triedAgain: 'Sim, como em [RD_UNREACHABLE](#rd_unreachable).',
    },
  },
  RD_QUOTA_EXCEEDED: {
    system: 'rd-station',
    breakerReason: 'throttled',
    remedy: 'retry-later',
    en: {
      happened: "The account's quota at RD Station is used up for now.",
      solution: "Wait; set `callsPerMinute` to the plan's value; find out what else uses the account's quota.",
      steps:
        'The setting is `rdStation.callsPerMinute`: 120, or 500 on the Advanced plan, less what other integrations of the account need.',
      triedAgain: triedAgain.asAsked.en,
    },
    pt: {
      happened: 'o limite de chamadas da conta no RD Station foi atingido',
      solution: 'Aguarde; ajuste `callsPerMinute` ao plano; veja o que mais usa a cota da conta.',
      steps:
        'A configuração é `rdStation.callsPerMinute`: 120, ou 500 no plano Advanced, menos o que outras integrações da conta precisam.',
      triedAgain: triedAgain.asAsked.pt,
    },
  },
  RD_CONTACT_LIMITED: {
    system: 'rd-station',
    remedy: 'retry-later',
    en: {
      happened: 'RD Station limits the calls for this contact; only this event waits.',
      solution: 'Nothing: only this event waits, a day at most.',
      steps: 'If it is always the same contact, look for an automation that goes round in a circle.',
      triedAgain: 'Yes, when RD Station allows it. No attempt is spent.',
    },
    pt: {
      happened: 'o RD Station limitou as chamadas deste contato',
      solution: 'Nada: só este evento espera, no máximo um dia.',
      steps: 'Se é sempre o mesmo contato, procure uma automação que anda em círculo.',
      triedAgain: 'Sim, quando o RD Station permitir. Nenhuma tentativa é gasta.',
    },
  },
  RD_TOKEN_REVOKED: {
    system: 'rd-station',
    breakerReason: 'revoked',
    remedy: 'tell-administrator',
    en: {
      happened: 'The connection to RD Station was revoked; reconnect the account.',
      details: 'Somebody disconnected the app, its user was removed, or the refresh token is too old.',
      solution: 'Reconnect the account (`ponte connect`).',
      steps:
        'On the board it is *Reconnect RD Station* on the page *Connections*. What waits goes on by itself, without a restart.',
      triedAgain: 'One event at a time checks; everything for RD Station is paused, and nothing fails.',
    },
    pt: {
      happened: 'a conexão com o RD Station foi revogada; reconecte a conta',
      details: 'Alguém desconectou o aplicativo, o usuário dele foi removido, ou o refresh token é antigo demais.',
      solution: 'Reconecte a conta (`ponte connect`).',
      steps: 'No painel, é *Reconectar o RD Station* na página *Conexões*. O que aguarda segue sozinho, sem reinício.',
      triedAgain: 'Um evento de cada vez verifica; tudo para o RD Station fica em pausa, e nada falha.',
    },
  },
  RD_CLIENT_REJECTED: {
    system: 'rd-station',
    breakerReason: 'revoked',
    isSecretRefused: true,
    remedy: 'tell-administrator',
    en: {
      happened: 'RD Station refused the client id or client secret.',
      solution: 'Correct `clientId` and `clientSecret`. Workers use it within 10 s.',
      steps:
        "Copy both anew from RD Station's App Store. After a change of the secret the account may have to be connected again: `./ponte connect`.",
      triedAgain: 'As with [RD_TOKEN_REVOKED](#rd_token_revoked).',
    },
    pt: {
      happened: 'o RD Station recusou o client id ou o client secret',
      solution: 'Corrija `clientId` e `clientSecret`. Os workers passam a usá-los em até 10 s.',
      steps:
        'Copie os dois de novo da App Store do RD Station. Depois de uma troca do secret, pode ser preciso conectar a conta de novo: `./ponte connect`.',
      triedAgain: 'Como em [RD_TOKEN_REVOKED](#rd_token_revoked).',
    },
  },
  RD_UNAUTHORIZED: {
    system: 'rd-station',
    breakerReason: 'revoked',
    remedy: 'tell-administrator',
    en: {
      happened: 'RD Station refused the access token right after it was renewed.',
      solution: 'If it lasts, reconnect the account. Events wait and continue by themselves.',
      steps: 'The app may have lost its permission: `./ponte connect`.',
      triedAgain: 'Yes, as with [RD_TOKEN_REVOKED](#rd_token_revoked).',
    },
    pt: {
      happened: 'o RD Station recusou o token logo após a renovação',
      solution: 'Se persistir, reconecte a conta. Os eventos esperam e seguem sozinhos.',
      steps: 'O aplicativo pode ter perdido a permissão: `./ponte connect`.',
      triedAgain: 'Sim, como em [RD_TOKEN_REVOKED](#rd_token_revoked).',
    },
  },
  RD_FORBIDDEN: {
    system: 'rd-station',
    remedy: { pt: 'Verifique o plano e as permissões no RD Station; depois, escreva REENVIAR em {field}.' },
    en: {
      happened: "RD Station does not allow this with the account's plan or permissions.",
      solution: 'Check plan and permissions of the account (Pro or Advanced).',
      steps:
        'The user who connected the account must be allowed to manage contacts and events. Then `./ponte connect` and *Retry all*.',
      triedAgain: 'A mark, in the rounds of `statusRD`; only a change in RD Station fixes it.',
    },
    pt: {
      happened: 'o plano ou as permissões da conta no RD Station não permitem a operação',
      solution: 'Verifique plano e permissões da conta (Pro ou Advanced).',
      steps:
        'O usuário que conectou a conta precisa poder gerenciar contatos e eventos. Depois, `./ponte connect` e *Reenviar todos*.',
      triedAgain: 'Uma marcação, nas rodadas do `statusRD`; só uma mudança no RD Station resolve.',
    },
  },
  RD_REJECTED: {
    system: 'rd-station',
    remedy: { pt: 'Corrija os dados da oportunidade ou do lead e salve, ou escreva REENVIAR em {field}.' },
    en: {
      happened: 'RD Station refused the data.',
      details: "Its answer is in the job's log, without personal data; the failed reason names its error type.",
      solution: "Correct it in the CRM and retry, or write `REENVIAR` into the opportunity's statusRD.",
      steps:
        "Most often it is the lead's e-mail, or a value; saving the opportunity is enough. Or fix it in RD Station; then *Retry*, or for a mark write `REENVIAR`.",
      triedAgain: triedAgain.inRounds.en,
    },
    pt: {
      happened: 'o RD Station recusou os dados',
      details: 'A resposta dele está no log do evento, sem dados pessoais; o motivo da falha traz o tipo de erro.',
      solution: 'Corrija no CRM e reenvie, ou escreva `REENVIAR` no campo statusRD da oportunidade.',
      steps:
        'Em geral é o e-mail do lead ou um valor; basta salvar a oportunidade. Ou corrija no RD Station; depois, *Reenviar* ou, para uma marcação, escreva `REENVIAR`.',
      triedAgain: triedAgain.inRounds.pt,
    },
  },
  RD_UNREADABLE: {
    system: 'rd-station',
    isOutcomeUnknown: true,
    remedy: 'tell-administrator',
    en: {
      happened: 'Ponte could not read the response from RD Station.',
      solution: 'Report the line of the log; retry later.',
      steps: 'Check `rdStation.baseUrl` and `rdStation.tokenUrl`.',
      triedAgain: 'Not at once, because the call may have had its effect; a mark in the rounds of `statusRD`.',
    },
    pt: {
      happened: 'o Ponte não conseguiu ler a resposta do RD Station',
      solution: 'Informe a linha do log; reenvie depois.',
      steps: 'Confira `rdStation.baseUrl` e `rdStation.tokenUrl`.',
      triedAgain: 'Não na hora, porque a chamada pode ter tido efeito; uma marcação, nas rodadas do `statusRD`.',
    },
  },
  RD_CONTACT_NOT_FOUND: {
    system: 'rd-station',
    remedy: { pt: 'Recrie o contato no RD Station ou corrija o e-mail do lead; depois, escreva REENVIAR em {field}.' },
    en: {
      happened: 'The contact does not exist in RD Station.',
      details:
        'The lead came from there, and its contact is gone: deleted, or merged into another with another e-mail.',
      solution: "If the contact was deleted, remove the event; otherwise correct the lead's e-mail.",
      steps:
        'A corrected e-mail counts when the opportunity is saved. If the person did not ask to be erased, you can create the contact again: then *Retry*, or write `REENVIAR` into `statusRD`.',
      triedAgain: 'A mark, in the rounds of `statusRD`.',
    },
    pt: {
      happened: 'o contato não existe no RD Station',
      details: 'O lead veio de lá, e o contato sumiu: foi excluído, ou unido a outro com outro e-mail.',
      solution: 'Se o contato foi excluído, remova o evento; senão, corrija o e-mail do lead.',
      steps:
        'Um e-mail corrigido vale quando a oportunidade é salva. Se a pessoa não pediu para ser apagada, você pode recriar o contato: depois, *Reenviar*, ou escreva `REENVIAR` no `statusRD`.',
      triedAgain: 'Uma marcação, nas rodadas do `statusRD`.',
    },
  },
  RD_MARK_UNCERTAIN: {
    system: 'rd-station',
    remedy: { pt: 'Se a marcação faltar no contato do RD Station, escreva REENVIAR em {field}.' },
    en: {
      happened: 'A mark may have gone to an e-mail that was no longer the contact’s, and RD Station cannot tell.',
      solution:
        'Look at the contact in RD Station. If the mark is missing, retry the event (or write `REENVIAR` into `statusRD`): it is then made again. If it is there, remove the failed event.',
      triedAgain: 'In the rounds of `statusRD`.',
    },
    pt: {
      happened:
        'uma marcação pode ter ido para um e-mail que não era mais o do contato, e o RD Station não permite saber',
      solution:
        'Veja o contato no RD Station. Se a marcação faltar, reenvie o evento (ou escreva `REENVIAR` em `statusRD`): ela é refeita. Se estiver lá, remova o evento com falha.',
      triedAgain: 'Nas rodadas do `statusRD`.',
    },
  },
  RD_SALE_VALUE_ABOVE_LIMIT: {
    system: 'rd-station',
    hasLimit: true,
    remedy: { pt: 'Corrija o valor da oportunidade e salve.' },
    en: {
      happened: 'The value of the sale is above what RD Station accepts.',
      solution: 'Correct the value; RD Station accepts at most R$ 99,999,999.00.',
      steps: 'Do so in TOTVS CRM and save the opportunity.',
      triedAgain: triedAgain.anotherValue.en,
    },
    pt: {
      happened: 'valor da venda acima do limite do RD Station',
      solution: 'Corrija o valor; o RD Station aceita até R$ 99.999.999,00.',
      steps: 'Faça isso no TOTVS CRM e salve a oportunidade.',
      triedAgain: triedAgain.anotherValue.pt,
    },
  },
  RD_SALE_VALUE_INVALID: {
    system: 'rd-station',
    remedy: { pt: 'Corrija o valor da oportunidade e salve.' },
    en: {
      happened: 'The value of the sale is not a number of zero or more.',
      solution: "Correct the opportunity's value.",
      steps: 'Do so in TOTVS CRM and save the opportunity. One without a value is sent as 0.',
      triedAgain: triedAgain.anotherValue.en,
    },
    pt: {
      happened: 'o valor da venda não é um número maior ou igual a zero',
      solution: 'Corrija o valor da oportunidade.',
      steps: 'Faça isso no TOTVS CRM e salve a oportunidade. Uma sem valor é enviada como 0.',
      triedAgain: triedAgain.anotherValue.pt,
    },
  },
} as const satisfies Readonly<Record<string, RdFailure>>
