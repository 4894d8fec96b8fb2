import { textRows } from '@ponte/operations'

/** What is assumed of RD Station, by the id that reports and docs/vendors/rd-station.md use. */
export const rdFacts = textRows({
  'rd-webhook-fields': {
    section: 'thin-deliveries',
    en: 'a webhook of API 2 has every field that the contact has',
    pt: 'um webhook da API 2 traz todos os campos que o contato tem',
    fix: {
      en: 'Values stay missing in TOTVS CRM. Use a webhook or a flow of API 1 for this account.',
      pt: 'Valores ficam faltando no TOTVS CRM. Use um webhook ou um fluxo da API 1 nesta conta.',
    },
  },
  'rd-contact-page': {
    section: 'origin-of-a-lead',
    en: 'the page of a contact is at /leads/public/ and its uuid',
    pt: 'a página do contato fica em /leads/public/ seguido do uuid',
    fix: {
      en: 'A link that a rule writes from `contact.url` opens no page where the delivery has no `public_url`.',
      pt: 'O link que uma regra grava a partir de `contact.url` não abre página nenhuma quando a entrega não traz `public_url`.',
    },
  },
  'rd-legal-bases': {
    section: 'origin-of-a-lead',
    en: 'a webhook of API 1 has the legal bases that came with the conversion',
    pt: 'um webhook da API 1 traz as bases legais que vieram com a conversão',
    fix: {
      en: 'Rules that read `legalBases` find nothing in API 1. Use a webhook of API 2.',
      pt: 'Regras que leem `legalBases` não encontram nada na API 1. Use um webhook da API 2.',
    },
  },
  'rd-mark-by-times': {
    section: 'marks-come-back',
    en: 'a delivery of API 1 that was caused by a mark is recognised by its times',
    pt: 'uma entrega da API 1 causada por uma marcação é reconhecida pelos horários',
    fix: {
      en: 'The echo of a mark may count as a conversion. Send flows of conversions only, or use webhooks of API 2.',
      pt: 'O eco de uma marcação pode contar como conversão. Envie fluxos só de conversões, ou use webhooks da API 2.',
    },
  },
  'rd-conversion-times': {
    section: 'events-of-a-contact',
    en: 'a conversion has the same name and time among the events of the contact as in its webhook',
    pt: 'uma conversão tem nos eventos do contato o mesmo nome e horário que no webhook',
    fix: {
      en: '`ponte reconcile` misses conversions, or sends some again. Leave out `reconcile.segmentation`, and report it.',
      pt: 'O `ponte reconcile` perde conversões ou envia algumas de novo. Deixe `reconcile.segmentation` de fora e envie o relatório.',
    },
  },
  'rd-segmentation-dates': {
    section: 'segmentations',
    en: 'a segmentation tells when a contact converted last',
    pt: 'uma segmentação diz quando foi a última conversão do contato',
    fix: {
      en: '`ponte reconcile` misses conversions. Leave out `reconcile.segmentation`, and report it.',
      pt: 'O `ponte reconcile` perde conversões. Deixe `reconcile.segmentation` de fora e envie o relatório.',
    },
  },
  'rd-events-soon': {
    section: 'funnel-of-a-contact',
    en: 'a mark shows among the events of the contact before Ponte would look it up',
    pt: 'uma marcação aparece nos eventos do contato antes da hora em que o Ponte a procuraria',
    fix: {
      en: 'After a lost answer a mark may be sent twice. Raise `retry.firstDelaySeconds` above the time that is reported.',
      pt: 'Depois de uma resposta perdida, uma marcação pode ser enviada duas vezes. Aumente `retry.firstDelaySeconds` para mais que o tempo informado.',
    },
  },
  'rd-unknown-email-200': {
    section: 'marks-for-unknown-contacts',
    failures: ['RD_REJECTED'],
    en: 'a mark for an unknown e-mail is answered 200, and dropped',
    pt: 'a marcação de um e-mail desconhecido recebe 200 e é descartada',
    fix: {
      en: 'Nothing is lost: Ponte looks each contact up first. Please report it.',
      pt: 'Nada se perde: o Ponte procura cada contato antes. Por favor, envie o relatório.',
    },
  },
  'rd-sale-without-opportunity': {
    section: 'sale',
    failures: ['RD_REJECTED'],
    en: 'a sale is taken of a contact that is no opportunity',
    pt: 'a venda de um contato que não é oportunidade é aceita',
    fix: {
      en: 'Such sales fail as RD_REJECTED. Mark the contact as an opportunity in RD Station and retry the event.',
      pt: 'Essas vendas falham com RD_REJECTED. Marque o contato como oportunidade no RD Station e reenvie o evento.',
    },
  },
  'rd-one-flag': {
    section: 'marks',
    en: 'a contact has one opportunity flag, which one loss takes away',
    pt: 'o contato tem uma só marcação de oportunidade, que uma perda retira',
    fix: {
      en: 'When one of several opportunities of a contact ends, Ponte sends one event too many. Please report it.',
      pt: 'Quando uma de várias oportunidades do contato termina, o Ponte envia um evento a mais. Por favor, envie o relatório.',
    },
  },
  'rd-reason-255': {
    section: 'loss',
    failures: ['RD_REJECTED'],
    en: 'the reason of a loss may have 255 characters',
    pt: 'o motivo da perda pode ter 255 caracteres',
    fix: {
      en: 'Losses with a long reason fail as RD_REJECTED. Shorten the reasons in TOTVS CRM, and report the limit.',
      pt: 'Perdas com motivo longo falham com RD_REJECTED. Encurte os motivos no TOTVS CRM e informe o limite.',
    },
  },
})
