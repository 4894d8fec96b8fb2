/** What a preview says about a lead and each of its values: what would become of them. */
export const previewMessages = {
  'preview-outcome-sent': { en: 'This lead would be sent', pt: 'Este lead seria enviado' },
  'preview-outcome-skipped': { en: 'This lead would not be sent', pt: 'Este lead não seria enviado' },
  'preview-outcome-failed': { en: 'This lead would fail', pt: 'Este lead falharia' },
  'preview-outcome-quarantined': {
    en: 'This delivery would go into quarantine',
    pt: 'Esta entrega iria para a quarentena',
  },
  'preview-outcome-ignored': {
    en: 'This delivery would be ignored: {what}',
    pt: 'Esta entrega seria ignorada: {what}',
  },
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
  'preview-lead-new': {
    en: 'does not exist in TOTVS CRM; would be created',
    pt: 'não existe no TOTVS CRM; seria criado',
  },
  'preview-lead-known': {
    en: 'exists in TOTVS CRM as {lead}; would be updated',
    pt: 'existe no TOTVS CRM como {lead}; seria atualizado',
  },
  'preview-lead-kept': {
    en: 'exists in TOTVS CRM as {lead}; would be left as it is: newer values were applied before',
    pt: 'existe no TOTVS CRM como {lead}; ficaria como está: valores mais novos já foram aplicados',
  },
  'preview-lead-unknown': {
    en: 'unknown: TOTVS CRM could not be asked',
    pt: 'desconhecido: não foi possível consultar o TOTVS CRM',
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
  'preview-opportunity-opened': { en: 'an opportunity would be opened', pt: 'seria aberta uma oportunidade' },
  'preview-opportunity-held-up': {
    en: 'no opportunity would be opened: {reason}',
    pt: 'nenhuma oportunidade seria aberta: {reason}',
  },
  'preview-opportunity-unknown': {
    en: 'not known: TOTVS CRM could not be asked whether one is open',
    pt: 'não se sabe: não foi possível perguntar ao TOTVS CRM se há uma aberta',
  },

  'preview-row-written': { en: 'would be written', pt: 'seria escrito' },
  'preview-row-cut': { en: 'would be written, cut', pt: 'seria escrito, cortado' },
  'preview-row-same': { en: 'already in TOTVS CRM', pt: 'já está no TOTVS CRM' },
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
    en: 'would be written if TOTVS CRM does not have it: it could not be asked',
    pt: 'seria escrito se o TOTVS CRM não o tiver: não foi possível consultá-lo',
  },
} as const
