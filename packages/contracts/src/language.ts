export type Language = 'en' | 'pt-BR'

/** One text in both languages. */
export interface Texts {
  readonly en: string
  readonly pt: string
}

export const textIn = ({ en, pt }: Texts, language: Language): string => (language === 'en' ? en : pt)
