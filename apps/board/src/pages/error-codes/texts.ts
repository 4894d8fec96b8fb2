import { bilingual } from '@ponte/contracts'

export const errorCodeTexts = bilingual({
  title: { en: 'Error codes', pt: 'Catálogo de erros' },
  intro: {
    en: 'Each error has a code that never changes. Choose a code to read what happened and what to do.',
    pt: 'Cada erro tem um código que nunca muda. Escolha o código para ler o que aconteceu e o que fazer.',
  },
  all: { en: '← Error codes', pt: '← Catálogo de erros' },
  events: { en: 'Events that failed with this code', pt: 'Eventos que falharam com este código' },
  unknown: { en: 'There is no such error code.', pt: 'Este código de erro não existe.' },
  other: { en: { text: 'Ler em português', language: 'pt-BR' }, pt: { text: 'Read in English', language: 'en' } },
})
