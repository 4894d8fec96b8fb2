/** What a preview says about a lead and each of its values: what would become of them. */
export const previewMessages = {
  'preview-outcome-sent': { en: 'would be sent', pt: 'seria enviado' },
  'preview-outcome-skipped': { en: 'would not be sent', pt: 'não seria enviado' },
  'preview-outcome-failed': { en: 'would fail', pt: 'falharia' },
  'preview-outcome-quarantined': { en: 'would go into quarantine', pt: 'iria para a quarentena' },
  'preview-outcome-ignored': { en: 'would be ignored: {what}', pt: 'seria ignorado: {what}' },
  'preview-without-credentials': {
    en: 'the board was not given the credentials of TOTVS CRM',
    pt: 'o painel não recebeu as credenciais do TOTVS CRM',
  },
  'preview-crm-unanswered': {
    en: 'TOTVS CRM could not be asked, so this is what the rules make of the lead: {reason}',
    pt: 'não foi possível consultar o TOTVS CRM; isto é o que as regras fazem do lead: {reason}',
  },
  'preview-lacking': {
    en: 'the delivery lacks {places}: a worker reads it from RD Station if the quota has room, a preview does not; route, responsible user and values may then be others',
    pt: 'a entrega não traz {places}: um worker lê isso do RD Station se a cota tiver espaço; a prévia, não; então rota, usuário responsável e valores podem ser outros',
  },
  'preview-no-route': {
    en: 'none of the {count} routes matches; the variables count',
    pt: 'nenhuma das {count} rotas corresponde; valem as variáveis',
  },
  'preview-no-routes': { en: 'there are no routes; the variables count', pt: 'não há rotas; valem as variáveis' },
  'preview-every-lead': { en: 'it matches every lead', pt: 'corresponde a todo lead' },
  'preview-lead-new': {
    en: 'TOTVS CRM does not have it; it would be created',
    pt: 'o TOTVS CRM não o tem; seria criado',
  },
  'preview-lead-known': {
    en: 'TOTVS CRM has it as {lead}; it would be updated',
    pt: 'o TOTVS CRM o tem como {lead}; seria atualizado',
  },
  'preview-lead-unknown': {
    en: 'TOTVS CRM could not be asked whether it has the lead',
    pt: 'não foi possível perguntar ao TOTVS CRM se ele tem o lead',
  },
  'preview-owner-in-rd-station': { en: 'the owner in RD Station', pt: 'o responsável no RD Station' },
  'preview-owner-default': { en: 'the default user', pt: 'o usuário padrão' },
  'preview-owner-kept': {
    en: 'the lead keeps its responsible user',
    pt: 'o lead mantém o usuário responsável',
  },
  'preview-owner-unknown': {
    en: 'not known: TOTVS CRM could not be asked',
    pt: 'não se sabe: não foi possível perguntar ao TOTVS CRM',
  },
  'preview-opportunity-opened': { en: 'one would be opened', pt: 'uma seria aberta' },
  'preview-opportunity-held-up': { en: 'none would be opened: {reason}', pt: 'nenhuma seria aberta: {reason}' },
  'preview-opportunity-unknown': {
    en: 'not known: TOTVS CRM could not be asked whether one is open',
    pt: 'não se sabe: não foi possível perguntar ao TOTVS CRM se há uma aberta',
  },

  'preview-row-written': { en: 'written', pt: 'escrito' },
  'preview-row-cut': { en: 'written, cut', pt: 'escrito, cortado' },
  'preview-row-same': { en: 'TOTVS CRM has it already', pt: 'o TOTVS CRM já o tem' },
  'preview-row-kept': { en: 'not written: what TOTVS CRM has stays', pt: 'não escrito: fica o que o TOTVS CRM tem' },
  'preview-row-left-out': { en: 'left out', pt: 'deixado de fora' },
  'preview-row-overruled': {
    en: 'not written: another rule writes this target',
    pt: 'não escrito: outra regra escreve neste destino',
  },
  'preview-row-no-value': { en: 'no value in the delivery', pt: 'sem valor na entrega' },
  'preview-row-not-opened': {
    en: 'not written: no opportunity would be opened',
    pt: 'não escrito: nenhuma oportunidade seria aberta',
  },
  'preview-row-unknown': {
    en: 'written, if TOTVS CRM does not have it: it could not be asked',
    pt: 'escrito, se o TOTVS CRM não o tiver: não foi possível consultá-lo',
  },
} as const
