import { bilingual } from '@ponte/contracts'

export const previewTexts = bilingual({
  intro: {
    en: 'Shows what would become of a lead, field by field, by the rules as they are now. It reads TOTVS CRM and sends nothing.',
    pt: 'Mostra o que seria feito de um lead, campo a campo, pelas regras como são agora. Lê o TOTVS CRM e não envia nada.',
  },
  body: { en: 'Body of a webhook of RD Station', pt: 'Corpo de um webhook do RD Station' },
  bodyHint: {
    en: 'JSON with "leads" or with "event_type" and "contact"; up to 64 KiB. It is not kept.',
    pt: 'JSON com "leads" ou com "event_type" e "contact"; até 64 KiB. Não é guardado.',
  },
  submit: { en: 'Show the preview', pt: 'Ver a prévia' },
  another: { en: 'Another preview', pt: 'Outra prévia' },
  back: { en: '← Event', pt: '← Evento' },
  gone: {
    en: 'The event is no longer in the queue: only its timeline is left.',
    pt: 'O evento não está mais na fila: só a linha do tempo dele existe.',
  },
  notALead: { en: 'Only leads have a preview.', pt: 'Só leads têm prévia.' },
  tooLong: {
    en: 'The body has more than 64 KiB: it is too long for a preview. Use `ponte preview`.',
    pt: 'O corpo tem mais de 64 KiB: é longo demais para uma prévia. Use `ponte preview`.',
  },
  empty: {
    en: 'Paste the body of a webhook and choose the tenant.',
    pt: 'Cole o corpo de um webhook e escolha a empresa.',
  },
  nothing: { en: 'The body holds nothing.', pt: 'O corpo não contém nada.' },
  more: {
    en: (count: number) =>
      count === 1 ? '1 more part of the body is not shown.' : `${count} more parts of the body are not shown.`,
    pt: count =>
      count === 1 ? 'Mais 1 parte do corpo não é mostrada.' : `Mais ${count} partes do corpo não são mostradas.`,
  },
  part: {
    en: (number: number, count: number) => `Part ${number} of ${count}`,
    pt: (number, count) => `Parte ${number} de ${count}`,
  },
  target: { en: 'Target', pt: 'Destino' },
  source: { en: 'From', pt: 'De onde' },
  value: { en: 'Would be written', pt: 'Seria escrito' },
  current: { en: 'In TOTVS CRM', pt: 'No TOTVS CRM' },
  outcome: { en: 'What happens', pt: 'O que acontece' },
})
