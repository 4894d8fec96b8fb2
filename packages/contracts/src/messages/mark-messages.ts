/** Messages about a mark and about the field `statusRD`. */
export const markMessages = {
  marked: { en: 'marked: {marks}', pt: 'marcado: {marks}' },
  'mark-adopted': {
    en: 'from before Ponte: counts as already recorded in RD Station as {state}',
    pt: 'de antes do Ponte: conta como já marcada no RD Station, com o estado {state}',
  },
  'mark-up-to-date': {
    en: 'nothing to mark: RD Station already has {state}',
    pt: 'nada a marcar: o RD Station já tem o estado {state}',
  },
  'mark-without-lead': { en: 'the opportunity has no lead', pt: 'a oportunidade não tem lead' },
  'lead-not-from-rd': {
    en: 'the lead did not come from RD Station',
    pt: 'o lead não veio do RD Station',
  },
  'lead-has-no-email': {
    en: 'the lead has no e-mail, and RD Station marks by e-mail',
    pt: 'o lead não tem e-mail, e o RD Station marca por e-mail',
  },
  'contact-has-no-email': {
    en: 'the contact has no e-mail, and RD Station marks by e-mail',
    pt: 'o contato não tem e-mail, e o RD Station marca por e-mail',
  },
  'sale-without-value': {
    en: 'the opportunity has no value: 0 is sent',
    pt: 'a oportunidade não tem valor: é enviado 0',
  },
  /** `{reais}`: the value that was sent to RD Station. */
  'sale-value': { en: 'value {reais}', pt: 'valor {reais}' },
  'unreadable-value': { en: 'a value that cannot be read', pt: 'um valor ilegível' },
  'sale-differs': {
    en: 'RD Station has the sale with {sent}, and TOTVS CRM has {now} now: correct it in RD Station',
    pt: 'o RD Station tem a venda com {sent}, e o TOTVS CRM tem agora {now}: corrija no RD Station',
  },
  'loss-differs': {
    en: 'RD Station has the loss with another reason than TOTVS CRM has now: statusRD names both, correct it in RD Station',
    pt: 'o RD Station tem a perda com outro motivo que o do TOTVS CRM agora: o statusRD diz os dois, corrija no RD Station',
  },
  'sale-value-rounded': { en: 'the value was rounded to cents', pt: 'o valor foi arredondado para centavos' },
  'loss-without-reason': {
    en: 'the opportunity has no loss reason',
    pt: 'a oportunidade não tem motivo de perda',
  },
  'loss-reason-cut': {
    en: 'loss reason cut: it has {length} characters, {limit} are sent',
    pt: 'motivo de perda cortado: tem {length} caracteres, são enviados {limit}',
  },
  'mark-found': {
    en: 'RD Station already has the {mark}: its answer had been lost',
    pt: 'o RD Station já tem a marcação ({mark}): a resposta tinha se perdido',
  },
  'mark-went-astray': {
    en: 'the {mark} had gone to an e-mail that was no longer the contact’s: RD Station does not have it',
    pt: 'a marcação ({mark}) tinha ido para um e-mail que não era mais o do contato: o RD Station não a tem',
  },
  'former-contact-unmarked': {
    en: 'the opportunity was given to another lead: its former contact is no longer marked as an opportunity',
    pt: 'a oportunidade passou para outro lead: o contato anterior não está mais marcado como oportunidade',
  },
  'former-contact-keeps': {
    en: 'the opportunity was given to another lead, and its former contact keeps {state}: somebody may remove it in RD Station',
    pt: 'a oportunidade passou para outro lead, e o contato anterior continua com {state}: se for o caso, remova no RD Station',
  },
  'earlier-opportunity-marked': {
    en: 'an earlier opportunity of the contact was marked first: {marks}',
    pt: 'uma oportunidade anterior do contato foi marcada antes: {marks}',
  },
  'earlier-opportunity-failed': {
    en: 'an earlier opportunity of the contact could not be marked first: {code}',
    pt: 'uma oportunidade anterior do contato não pôde ser marcada antes: {code}',
  },
  'contact-marked-again': {
    en: 'another opportunity of the contact is open: RD Station was marked again',
    pt: 'outra oportunidade do contato está aberta: a marcação no RD Station foi refeita',
  },

  'round-superseded': {
    en: 'this round belongs to a failure that is over',
    pt: 'esta rodada é de uma falha que já terminou',
  },
  'rounds-used': {
    en: 'no round is left; a person has to act',
    pt: 'não resta nenhuma rodada; é preciso que uma pessoa aja',
  },
  'round-later': { en: 'the next round starts at {time}', pt: 'a próxima rodada começa em {time}' },
  'status-rd-nothing': { en: 'nothing to write', pt: 'nada a escrever' },
  'opportunity-gone': { en: 'TOTVS CRM does not have the opportunity', pt: 'o TOTVS CRM não tem a oportunidade' },
  'status-rd-same': { en: 'statusRD says it already', pt: 'o statusRD já diz isso' },
  'status-rd-asked': {
    en: 'REENVIAR stands in statusRD: a new try starts first',
    pt: 'o statusRD diz REENVIAR: uma nova tentativa começa antes',
  },
  'status-rd-written': { en: 'statusRD written', pt: 'statusRD escrito' },
  'status-rd-not-shown': {
    en: 'statusRD written; TOTVS CRM does not show it',
    pt: 'statusRD escrito; o TOTVS CRM não o mostra',
  },
  'status-rd-max-writes': {
    en: 'statusRD is not written any more until a person changes something',
    pt: 'o statusRD não é mais escrito até que uma pessoa altere algo',
  },
} as const
