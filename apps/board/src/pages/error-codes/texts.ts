import type { Language } from '../../ui/language.ts'

export const errorCodeTexts = {
  'pt-BR': {
    title: 'Catálogo de erros',
    intro: 'Cada erro tem um código que nunca muda. Escolha o código para ler o que aconteceu e o que fazer.',
    all: '← Catálogo de erros',
    events: 'Eventos que falharam com este código',
    unknown: 'Este código de erro não existe.',
    other: { text: 'Read in English', language: 'en' },
  },
  en: {
    title: 'Error codes',
    intro: 'Each error has a code that never changes. Choose a code to read what happened and what to do.',
    all: '← Error codes',
    events: 'Events that failed with this code',
    unknown: 'There is no such error code.',
    other: { text: 'Ler em português', language: 'pt-BR' },
  },
} satisfies Record<Language, unknown>
