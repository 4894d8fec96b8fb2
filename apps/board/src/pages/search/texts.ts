import { bilingual } from '@ponte/contracts'

export const searchTexts = bilingual({
  label: {
    en: {
      operator: 'E-mail, phone, name, opportunity id or event key',
      viewer: 'Opportunity id, event key or id in the queue',
    },
    pt: {
      operator: 'E-mail, telefone, nome, id da oportunidade ou chave do evento',
      viewer: 'Id da oportunidade, chave do evento ou id na fila',
    },
  },
  submit: { en: 'Search', pt: 'Buscar' },
  hint: {
    en: {
      operator:
        'Write the whole e-mail or phone: a part of it finds nothing. The words of a name have to be whole too, and are found while its event is in a queue.',
      viewer: 'Write the whole id, as it is in TOTVS CRM or on the page of the event.',
    },
    pt: {
      operator:
        'Escreva o e-mail ou o telefone inteiro: a busca não acha por uma parte. As palavras de um nome também precisam estar inteiras, e são achadas enquanto o evento está na fila.',
      viewer: 'Escreva o id inteiro, como está no TOTVS CRM ou na página do evento.',
    },
  },
  none: { en: 'Nothing found.', pt: 'Nada encontrado.' },
  noneHints: {
    en: [
      'Check that the e-mail, the phone (with its area code) or the id is whole and without a mistake.',
      'An event is kept for 30 days after its last run.',
      'If the lead should have come, check that the webhook of RD Station points at Ponte.',
    ],
    pt: [
      'Confira se o e-mail, o telefone (com DDD) ou o id está inteiro e sem erro.',
      'Um evento fica guardado por 30 dias depois da última tentativa.',
      'Se o lead deveria ter chegado, veja se o webhook do RD Station aponta para o Ponte.',
    ],
  },
  toFailures: { en: 'Show the failures', pt: 'Ver as falhas' },
  steps: {
    en: {
      leadCreated: 'lead created',
      leadUpdated: 'lead updated',
      opportunity: 'opportunity',
      sale: 'sale',
      loss: 'loss',
      failed: 'failed',
      waits: 'in the queue',
      nothing: 'no change',
    },
    pt: {
      leadCreated: 'lead criado',
      leadUpdated: 'lead atualizado',
      opportunity: 'oportunidade',
      sale: 'venda',
      loss: 'perda',
      failed: 'com falha',
      waits: 'na fila',
      nothing: 'sem alteração',
    },
  },
})
