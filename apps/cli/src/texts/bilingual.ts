import type { Language } from '../language.ts'

/** The texts of one command in both languages. A translation that is missing, or that takes other arguments, does not compile. */
export const bilingual = <Texts>(texts: {
  readonly en: Texts
  readonly 'pt-BR': NoInfer<Texts>
}): Readonly<Record<Language, Texts>> => texts
