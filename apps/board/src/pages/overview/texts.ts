import type { Language } from '../../ui/language.ts'

export const overviewTexts = {
  'pt-BR': { title: 'Visão geral' },
  en: { title: 'Overview' },
} satisfies Record<Language, unknown>
