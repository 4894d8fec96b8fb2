import type { FailureRow, Remedy } from './failure-row.ts'

interface CrmFailure extends FailureRow {
  readonly system: 'totvs-crm'
  readonly remedy: Remedy
}

/** What goes wrong at TOTVS CRM, or with the settings by which Ponte calls it. */
export const crmFailures = {
  CRM_UNREACHABLE: {
    system: 'totvs-crm',
    en: 'TOTVS CRM could not be reached.',
    pt: 'o TOTVS CRM não respondeu',
    breakerReason: 'down',
    solution: {
      en: 'Usually temporary; otherwise check network, DNS and `totvsCrm.baseUrl`.',
      pt: 'Em geral é temporário; senão, verifique rede, DNS e `totvsCrm.baseUrl`.',
    },
    remedy: 'retry-later',
  },
  CRM_UNAVAILABLE: {
    system: 'totvs-crm',
    en: 'TOTVS CRM answered that it is unavailable.',
    pt: 'o TOTVS CRM está indisponível',
    breakerReason: 'down',
    solution: {
      en: 'Wait: events are paused and continue by themselves.',
      pt: 'Aguarde: os eventos ficam em pausa e seguem sozinhos.',
    },
    remedy: 'retry-later',
  },
  CRM_THROTTLED: {
    system: 'totvs-crm',
    en: 'TOTVS CRM asked to wait.',
    pt: 'o TOTVS CRM pediu para aguardar',
    breakerReason: 'throttled',
    solution: {
      en: 'Wait: events are paused as long as TOTVS CRM asked.',
      pt: 'Aguarde: os eventos ficam em pausa pelo tempo que o TOTVS CRM pediu.',
    },
    remedy: 'retry-later',
  },
  CRM_CONFLICT: {
    system: 'totvs-crm',
    en: 'TOTVS CRM kept reporting a conflict with another change.',
    pt: 'o TOTVS CRM informou conflito com outra alteração',
    maxTries: 3,
    solution: {
      en: 'Retry; find out who changes the same record.',
      pt: 'Reenvie; veja quem altera o mesmo registro.',
    },
    remedy: 'retry-later',
  },
  CRM_LOGIN_REJECTED: {
    system: 'totvs-crm',
    en: 'TOTVS CRM refused the user name, password or tenant.',
    pt: 'o TOTVS CRM recusou usuário, senha ou empresa',
    breakerReason: 'revoked',
    isSecretRefused: true,
    solution: {
      en: 'Correct user, password or `totvsCrm.tenant`. Events wait, and go on by themselves after the correction.',
      pt: 'Corrija usuário, senha ou `totvsCrm.tenant`. Os eventos esperam e seguem sozinhos depois da correção.',
    },
    remedy: 'tell-administrator',
  },
  CRM_UNAUTHORIZED: {
    system: 'totvs-crm',
    en: 'TOTVS CRM refused the session right after a new login.',
    pt: 'o TOTVS CRM recusou a sessão logo após novo login',
    breakerReason: 'revoked',
    solution: {
      en: 'Check the permissions of the integration user. Events wait and continue by themselves.',
      pt: 'Verifique as permissões do usuário da integração. Os eventos esperam e seguem sozinhos.',
    },
    remedy: 'tell-administrator',
  },
  CRM_REJECTED: {
    system: 'totvs-crm',
    en: 'TOTVS CRM refused the data.',
    pt: 'o TOTVS CRM recusou os dados',
    solution: {
      en: 'Correct the data, the variables or the rules, and retry.',
      pt: 'Corrija os dados, as variáveis ou as regras e reenvie.',
    },
    remedy: 'tell-administrator',
  },
  CRM_UNREADABLE: {
    system: 'totvs-crm',
    en: 'Ponte could not read the response from TOTVS CRM.',
    pt: 'o Ponte não conseguiu ler a resposta do TOTVS CRM',
    isOutcomeUnknown: true,
    solution: {
      en: 'Check `totvsCrm.resources` and `integrationPath`; report the line of the log.',
      pt: 'Confira `totvsCrm.resources` e `integrationPath`; informe a linha do log.',
    },
    remedy: 'tell-administrator',
  },
  CRM_LIST_INCOMPLETE: {
    system: 'totvs-crm',
    en: 'TOTVS CRM did not give a list to its end, so nobody knows whether the record exists.',
    pt: 'o TOTVS CRM não entregou a lista até o fim: não se sabe se o registro existe',
    solution: {
      en: 'Run `ponte doctor`: the CRM has to apply filters and pages. Then retry.',
      pt: 'Rode `ponte doctor`: o CRM precisa aplicar filtros e páginas. Depois reenvie.',
    },
    remedy: 'tell-administrator',
  },
  CRM_CONTEXT_URL_REFUSED: {
    system: 'totvs-crm',
    en: 'The event points to an address that is not allowed.',
    pt: 'o evento aponta para um endereço não permitido',
    solution: {
      en: 'Compare the address with `totvsCrm.contextUrlPattern`.',
      pt: 'Compare o endereço com `totvsCrm.contextUrlPattern`.',
    },
    remedy: 'tell-administrator',
  },
  CRM_OPPORTUNITY_NOT_FOUND: {
    system: 'totvs-crm',
    en: 'The opportunity does not exist in TOTVS CRM.',
    pt: 'a oportunidade não existe no TOTVS CRM',
    solution: {
      en: 'If it was deleted, remove the event.',
      pt: 'Se foi excluída, remova o evento.',
    },
    remedy: 'correct-and-save',
  },
  CRM_LEAD_NOT_FOUND: {
    system: 'totvs-crm',
    en: "The opportunity's lead does not exist in TOTVS CRM.",
    pt: 'o lead da oportunidade não existe no TOTVS CRM',
    solution: {
      en: "Restore or set the opportunity's lead; retry.",
      pt: 'Restaure ou informe o lead da oportunidade; reenvie.',
    },
    remedy: { pt: 'Associe um lead existente à oportunidade e salve.' },
  },
  CRM_STATUS_UNKNOWN: {
    system: 'totvs-crm',
    en: 'The opportunity has a status that is not in statusMap.',
    pt: 'a situação da oportunidade não está no statusMap',
    solution: {
      en: 'Add the status to `totvsCrm.statusMap`; 10 s later retry.',
      pt: 'Inclua a situação em `totvsCrm.statusMap`; após 10 s, reenvie.',
    },
    remedy: 'tell-administrator',
  },
  CRM_VALUE_MISSING: {
    system: 'totvs-crm',
    en: 'The won opportunity came without the member that holds its value, which nearly all others have.',
    pt: 'a oportunidade ganha veio sem o campo do valor, que quase todas as outras têm',
    solution: {
      en: 'Find out whether TOTVS CRM renamed `totalValue`; a retry registers the sale with the value 0.',
      pt: 'Veja se o TOTVS CRM mudou o nome de `totalValue`; um reenvio registra a venda com valor 0.',
    },
    remedy: {
      pt: 'Confira o valor e salve a oportunidade; para registrar a venda com valor 0, escreva REENVIAR em {field}.',
    },
  },
  CRM_CREATION_UNREADABLE: {
    system: 'totvs-crm',
    en: 'Ponte could not read when the opportunity was created.',
    pt: 'o Ponte não conseguiu ler quando a oportunidade foi criada',
    solution: {
      en: 'Check `createdAt` of the opportunity in TOTVS CRM; report its form.',
      pt: 'Confira o `createdAt` da oportunidade no TOTVS CRM; informe a forma dele.',
    },
    remedy: 'tell-administrator',
  },
  CRM_STATUS_FIELD_UNREADABLE: {
    system: 'totvs-crm',
    en: 'TOTVS CRM does not show what Ponte wrote into the field statusRD.',
    pt: 'o TOTVS CRM não mostra o que o Ponte escreveu no campo statusRD',
    solution: {
      en: 'Correct `statusRd.field` or `totvsCrm.customFields` (`ponte doctor`); 10 s later retry.',
      pt: 'Corrija `statusRd.field` ou `totvsCrm.customFields` (`ponte doctor`); após 10 s, reenvie.',
    },
    remedy: 'correct-and-save',
  },
  CRM_DEFAULT_USER_NOT_FOUND: {
    system: 'totvs-crm',
    en: 'The default user does not exist in TOTVS CRM.',
    pt: 'o usuário padrão não existe no TOTVS CRM',
    solution: {
      en: 'Correct `totvs_crm_default_user`; 10 s later retry.',
      pt: 'Corrija `totvs_crm_default_user`; após 10 s, reenvie.',
    },
    remedy: 'correct-and-save',
  },
  CRM_DEFAULT_USER_INACTIVE: {
    system: 'totvs-crm',
    en: 'The default user is inactive in TOTVS CRM.',
    pt: 'o usuário padrão está inativo no TOTVS CRM',
    solution: {
      en: 'Activate the user or name another; retry.',
      pt: 'Ative o usuário ou indique outro; reenvie.',
    },
    remedy: 'correct-and-save',
  },
  CRM_DEFAULT_USER_WITHOUT_ROLE: {
    system: 'totvs-crm',
    en: 'The default user has no role in TOTVS CRM.',
    pt: 'o usuário padrão não tem papel no TOTVS CRM',
    solution: {
      en: 'Give the user a role in TOTVS CRM; retry.',
      pt: 'Dê um papel (role) ao usuário no TOTVS CRM; reenvie.',
    },
    remedy: 'correct-and-save',
  },
  CRM_CATALOG_ENTRY_NOT_FOUND: {
    system: 'totvs-crm',
    en: 'No stage, type or pipeline in TOTVS CRM has this description.',
    pt: 'etapa, tipo ou pipeline não encontrado no TOTVS CRM',
    solution: {
      en: 'Correct stage, type or pipeline in `variables`; 10 s later retry.',
      pt: 'Corrija etapa, tipo ou pipeline em `variables`; após 10 s, reenvie.',
    },
    remedy: 'correct-and-save',
  },
  CRM_CATALOG_ENTRY_AMBIGUOUS: {
    system: 'totvs-crm',
    en: 'Several stages, types or pipelines in TOTVS CRM have this description.',
    pt: 'há mais de uma etapa, tipo ou pipeline com essa descrição no TOTVS CRM',
    solution: {
      en: 'Rename one of the equal entries in TOTVS CRM; retry.',
      pt: 'Renomeie uma das entradas iguais no TOTVS CRM; reenvie.',
    },
    remedy: 'correct-and-save',
  },
  ROUTE_NOT_POSSIBLE: {
    system: 'totvs-crm',
    en: 'A route names a pipeline, stage or type that TOTVS CRM does not have.',
    pt: 'uma rota indica pipeline, etapa ou tipo que o TOTVS CRM não tem',
    solution: {
      en: 'Correct the route that is named, or the entry in TOTVS CRM; 10 s later retry.',
      pt: 'Corrija a rota indicada, ou a entrada no TOTVS CRM; após 10 s, reenvie.',
    },
    remedy: 'tell-administrator',
  },
} as const satisfies Readonly<Record<string, CrmFailure>>
