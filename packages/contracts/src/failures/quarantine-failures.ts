import type { FailureRow } from './failure-row.ts'

/** Deliveries that are authentic and cannot be read: they are kept in quarantine. */
export const quarantineFailures = {
  BODY_NOT_JSON: {
    en: 'The body is not valid JSON.',
    pt: 'o corpo não é JSON válido',
    solution: { en: 'Fix the sender; then have it send again.', pt: 'Corrija o remetente e peça novo envio.' },
  },
  BODY_NOT_UNDERSTOOD: {
    en: 'The body is JSON in a format that Ponte does not know.',
    pt: 'o corpo é JSON em um formato que o Ponte não conhece',
    isUnknownForm: true,
    solution: {
      en: 'Check that the right tool calls the right address; retry after an upgrade.',
      pt: 'Veja se a ferramenta certa chama o endereço certo; reenvie após uma atualização.',
    },
  },
  BODY_TOO_MANY_EVENTS: {
    en: 'The body holds more events than Ponte reads at once (1,000).',
    pt: 'o corpo tem mais eventos do que o Ponte lê de uma vez (1.000)',
    solution: {
      en: 'Have the sender deliver fewer leads at a time; split what has arrived.',
      pt: 'Faça o remetente entregar menos leads por vez; divida o que já chegou.',
    },
  },
  LEAD_NOT_UNDERSTOOD: {
    en: 'A lead in the body is not an object.',
    pt: 'um lead do corpo não é um objeto',
    isUnknownForm: true,
    solution: { en: 'Fix the sender; then have it send again.', pt: 'Corrija o remetente e peça novo envio.' },
  },
  LEAD_WITHOUT_IDENTITY: {
    en: 'No field that Ponte reads has a usable e-mail or phone of the lead.',
    pt: 'nenhum campo que o Ponte lê tem um e-mail ou telefone utilizável do lead',
    solution: {
      en: 'Ask for e-mail or phone in the form; name the field in `leadFields`.',
      pt: 'Peça e-mail ou telefone no formulário; indique o campo em `leadFields`.',
    },
  },
  LEAD_VALUE_REQUIRED: {
    en: 'A value that a rule requires is missing or does not fit.',
    pt: 'um valor que uma regra exige falta ou não serve',
    solution: {
      en: 'Complete the form, or correct the rule in `fields`; 10 s later retry.',
      pt: 'Complete o formulário, ou corrija a regra em `fields`; após 10 s, reenvie.',
    },
  },
  CRM_EVENT_NOT_UNDERSTOOD: {
    en: 'The CRM event does not say which opportunity it is about.',
    pt: 'o evento do CRM não informa a oportunidade',
    system: 'totvs-crm',
    isUnknownForm: true,
    solution: {
      en: "Set up the workflow's webhook again in TOTVS CRM.",
      pt: 'Refaça o webhook do workflow no TOTVS CRM.',
    },
  },
  CRM_TRIGGER_UNKNOWN: {
    en: 'The CRM event does not say what happened.',
    pt: 'o evento do CRM não informa o que aconteceu',
    system: 'totvs-crm',
    isUnknownForm: true,
    solution: {
      en: 'Use the addresses that name the event (`/opportunity-won`…).',
      pt: 'Use os endereços que nomeiam o evento (`/opportunity-won`…).',
    },
  },
} as const satisfies Readonly<Record<string, FailureRow>>
