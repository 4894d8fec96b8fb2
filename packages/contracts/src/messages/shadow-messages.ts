/** Messages about a tenant's shadow (docs/behaviour.md#shadow) and its end. */
export const shadowMessages = {
  'in-shadow': { en: 'in the shadow, nothing was written', pt: 'em modo sombra, nada foi gravado' },
  'shadow-marks': { en: 'would be marked: {marks}', pt: 'seria marcado: {marks}' },
  'shadow-failure': { en: 'would fail: {failure}', pt: 'falharia: {failure}' },
  'shadow-funnel-limit': {
    en: 'the contact’s funnel was not read: RD Station allows few readings a day, and the package needs them',
    pt: 'o funil do contato não foi lido: o RD Station permite poucas leituras por dia, e o pacote precisa delas',
  },
  'shadow-status-rd': { en: 'statusRD is left as it is', pt: 'o statusRD fica como está' },
  'of-the-package': {
    en: 'the package’s: it came before the package was switched off',
    pt: 'do pacote: chegou antes de o pacote ser desligado',
  },
  'enqueued-at-switch': {
    en: 'enqueued anew when the shadow ended',
    pt: 'colocado de novo na fila quando o modo sombra terminou',
  },
  'rest-kept': {
    en: 'kept outside the queue: the tenant went back into the shadow before it was done. ponte shadow --rest sends or drops it',
    pt: 'guardado fora da fila: a empresa voltou ao modo sombra antes de ser feito. O ponte shadow --rest envia ou descarta',
  },
  'opened-since': {
    en: 'no opportunity opened: the person has one that was opened after this event came',
    pt: 'nenhuma oportunidade aberta: a pessoa tem uma que foi aberta depois que este evento chegou',
  },
} as const
