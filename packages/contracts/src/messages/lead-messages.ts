/** Messages about a lead: its result, and what was changed or left out. */
export const leadMessages = {
  'lead-created': { en: 'lead {lead} created', pt: 'lead {lead} criado' },
  'lead-updated': { en: 'lead {lead} updated', pt: 'lead {lead} atualizado' },
  'lead-unchanged': { en: 'lead {lead} found, nothing new', pt: 'lead {lead} encontrado, nada de novo' },
  'lead-newer-conversion': {
    en: 'lead {lead}: a newer conversion was applied before',
    pt: 'lead {lead}: uma conversão mais nova já foi aplicada',
  },
  'lead-newer-delivery': {
    en: 'lead {lead}: a newer delivery was applied before',
    pt: 'lead {lead}: uma entrega mais nova já foi aplicada',
  },
  'lead-kept': {
    en: 'lead {lead} left as it is: newer values were applied before',
    pt: 'lead {lead} mantido como está: valores mais novos já foram aplicados',
  },
  'own-mark': {
    en: 'Ponte itself made this mark: no opportunity is opened',
    pt: 'o próprio Ponte fez esta marcação: nenhuma oportunidade é aberta',
  },
  'mark-decided-before': {
    en: 'Ponte has followed this mark by marketing before: no opportunity is opened',
    pt: 'o Ponte já atendeu a esta marcação do marketing: nenhuma oportunidade é aberta',
  },
  'conversion-decided-before': {
    en: 'this conversion has come before: no opportunity is opened for it again',
    pt: 'esta conversão já chegou antes: nenhuma oportunidade é aberta de novo para ela',
  },
  'import-opens-none': {
    en: 'imported without --open-opportunities: no opportunity is opened',
    pt: 'importado sem --open-opportunities: nenhuma oportunidade é aberta',
  },
  'own-mark-without-lead': {
    en: 'Ponte itself made this mark, and the person has no lead in TOTVS CRM',
    pt: 'o próprio Ponte fez esta marcação, e a pessoa não tem lead no TOTVS CRM',
  },

  'opportunity-opened': { en: 'opportunity opened', pt: 'oportunidade aberta' },
  'opening-not-confirmed': {
    en: 'opened although too few replicas of Redis have its record: a failover now may open it twice',
    pt: 'aberta embora poucas réplicas do Redis tenham o registro dela: uma troca agora pode abri-la duas vezes',
  },
  'opportunity-opened-before': {
    en: 'its opportunity was opened before',
    pt: 'a oportunidade deste evento já tinha sido aberta',
  },
  'opportunity-found-open': {
    en: 'its opportunity had been opened, although the answer was lost',
    pt: 'a oportunidade deste evento já tinha sido aberta, embora a resposta tenha se perdido',
  },
  'opportunity-in-progress': {
    en: 'its opportunity is in progress',
    pt: 'a oportunidade deste lead está em andamento',
  },
  'opportunity-other-open': {
    en: 'another opportunity of the lead is open',
    pt: 'outra oportunidade do lead está aberta',
  },
  'opportunity-before-undated': {
    en: 'imported without a date, and Ponte has opened an opportunity for the lead before: none is opened',
    pt: 'importado sem data, e o Ponte já abriu antes uma oportunidade para o lead: nenhuma é aberta',
  },
  'opportunity-of-person-open': {
    en: 'the person has an open opportunity',
    pt: 'a pessoa tem uma oportunidade aberta',
  },
  'opportunity-not-searchable': {
    en: 'no opportunity opened: TOTVS CRM cannot be asked whether the person has one, because of the e-mail',
    pt: 'nenhuma oportunidade aberta: por causa do e-mail, não há como perguntar ao TOTVS CRM se a pessoa já tem uma',
  },

  'lead-without-email': {
    en: 'the lead has no e-mail: its marks cannot go back to RD Station',
    pt: 'o lead não tem e-mail: as marcações dele não podem voltar ao RD Station',
  },
  'several-leads-with-email': {
    en: 'TOTVS CRM has {count} leads with this e-mail; the first is used',
    pt: 'o TOTVS CRM tem {count} leads com este e-mail; o primeiro é usado',
  },
  'several-leads-with-phone': {
    en: 'TOTVS CRM has {count} leads with this phone and no e-mail; the first is used',
    pt: 'o TOTVS CRM tem {count} leads com este telefone e sem e-mail; o primeiro é usado',
  },
  'owner-unknown': {
    en: 'the owner in RD Station is not a user in TOTVS CRM; the default user is responsible',
    pt: 'o responsável no RD Station não é usuário do TOTVS CRM; o usuário padrão é o responsável',
  },
  'owner-inactive': {
    en: 'the owner in RD Station is inactive in TOTVS CRM; the default user is responsible',
    pt: 'o responsável no RD Station está inativo no TOTVS CRM; o usuário padrão é o responsável',
  },
  'owner-without-role': {
    en: 'the owner in RD Station has no role in TOTVS CRM; the default user is responsible',
    pt: 'o responsável no RD Station não tem papel no TOTVS CRM; o usuário padrão é o responsável',
  },

  'field-cut': {
    en: '{field} cut: it has {length} characters, TOTVS CRM accepts {limit}',
    pt: '{field} cortado: tem {length} caracteres, o TOTVS CRM aceita {limit}',
  },
  'field-too-long': {
    en: '{field} left out: it has {length} characters, TOTVS CRM accepts {limit}',
    pt: '{field} deixado de fora: tem {length} caracteres, o TOTVS CRM aceita {limit}',
  },
  'field-not-a-phone': {
    en: '{field} left out: it is not a phone, and TOTVS CRM has one',
    pt: '{field} deixado de fora: não é um telefone, e o TOTVS CRM já tem um',
  },
  'field-digits-lost': {
    en: '{field} left out: the number was rounded (5,51199E+12, or in JSON a number that ends in five zeros), so its digits are lost',
    pt: '{field} deixado de fora: o número foi arredondado (5,51199E+12, ou em JSON um número que termina em cinco zeros), então os dígitos dele se perderam',
  },
  'external-id-left-out': {
    en: 'externalId left out: the uuid of the contact is not 1 to 200 printable ASCII characters',
    pt: 'externalId deixado de fora: o uuid do contato não tem de 1 a 200 caracteres ASCII imprimíveis',
  },
  'external-id-kept': {
    en: 'externalId kept: another system set it',
    pt: 'externalId mantido: foi definido por outro sistema',
  },
  'list-kept': {
    en: '{member} kept: TOTVS CRM has something there that is no list',
    pt: '{member} mantido: o TOTVS CRM tem ali algo que não é uma lista',
  },
  'uuid-not-an-id': { en: 'uuid: is not an id; left out', pt: 'uuid: não é um id; deixado de fora' },
  'owner-email-invalid': {
    en: 'ownerEmail: is not an e-mail address; left out',
    pt: 'ownerEmail: não é um endereço de e-mail; deixado de fora',
  },
  'email-too-long': {
    en: 'email: is longer than 255 characters; counts as absent',
    pt: 'email: tem mais de 255 caracteres; conta como ausente',
  },
  'email-invalid': {
    en: 'email: is not an e-mail address; counts as absent',
    pt: 'email: não é um endereço de e-mail; conta como ausente',
  },
} as const
