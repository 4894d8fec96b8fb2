import { bilingual } from '@ponte/contracts'
import { html } from '../../ui/html.ts'

/** The words of *edit and retry*. */
export const editTexts = bilingual({
  intro: {
    en: "Correct the event's data. Before anything is sent you will see before and after.",
    pt: 'Corrija os dados do evento. Antes de enviar, você verá o antes e o depois.',
  },
  named: { en: 'The failure is about this field.', pt: 'A falha é sobre este campo.' },
  preview: { en: 'Review', pt: 'Revisar' },
  check: { en: 'Review the correction', pt: 'Revisar a correção' },
  field: { en: 'Field', pt: 'Campo' },
  before: { en: 'Before', pt: 'Antes' },
  after: { en: 'After', pt: 'Depois' },
  sent: { en: 'What will be sent', pt: 'O que será enviado' },
  does: { en: (what: string) => `Ponte ${what}.`, pt: what => `O Ponte ${what}.` },
  sentLead: {
    en: 'If the person is in TOTVS CRM already, only what changed is sent. The user in brackets is looked up when it is sent.',
    pt: 'Se a pessoa já está no TOTVS CRM, só o que mudou é enviado. O usuário entre parênteses é procurado na hora do envio.',
  },
  sentTooLong: {
    en: 'The body is too long to show here what will be sent. Ponte reads it when it is retried.',
    pt: 'O corpo é longo demais para mostrar aqui o que será enviado. O Ponte o lê ao reenviar.',
  },
  kept: {
    en: 'The original data is kept for 30 days. The audit trail says who corrected it and when.',
    pt: 'Os dados originais ficam guardados por 30 dias. A auditoria registra quem corrigiu e quando.',
  },
  original: { en: 'See the original data beside the current data', pt: 'Ver os dados originais ao lado dos atuais' },
  originalColumn: { en: 'Original', pt: 'Original' },
  current: { en: 'Current', pt: 'Atual' },
  changes: { en: 'Corrections', pt: 'Correções' },
  fields: { en: 'Fields', pt: 'Campos' },
  noOriginal: {
    en: 'Nobody corrected this event, or more than 30 days have passed since the last correction.',
    pt: 'Ninguém corrigiu este evento, ou passaram-se mais de 30 dias desde a última correção.',
  },
  confirm: { en: 'Confirm and retry', pt: 'Confirmar e reenviar' },
  again: { en: 'Back to the form', pt: 'Voltar e corrigir' },
  back: { en: '← Event', pt: '← Evento' },
  refusals: {
    en: {
      gone: 'Nothing was edited: the event is no longer in the queue. Somebody removed it, or 30 days have passed.',
      notFailed: 'Nothing was edited: the event is no longer failed. Somebody retried it.',
      noText: 'This event cannot be edited: it has no text that can be changed.',
      changed: 'Nothing was edited: somebody else edited the event while you reviewed it. Start again from the event.',
    },
    pt: {
      gone: 'Nada foi corrigido: o evento não está mais na fila. Alguém o removeu, ou passaram-se 30 dias.',
      notFailed: 'Nada foi corrigido: o evento não está mais com falha. Alguém o reenviou.',
      noText: 'Este evento não pode ser corrigido: não tem nenhum texto que possa ser editado.',
      changed:
        'Nada foi corrigido: outra pessoa corrigiu o evento enquanto você revisava. Comece outra vez pelo evento.',
    },
  },
})

/** What a field held, beside what it holds now. */
export const renderChange = (before: string | undefined, now: string | undefined) => [
  html`<del>${before || '–'}</del>`,
  html`<ins>${now || '–'}</ins>`,
]
