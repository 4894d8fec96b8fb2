export const languages = ['pt-BR', 'en'] as const
export type Language = (typeof languages)[number]

/** One text in both languages. */
export interface Texts {
  readonly en: string
  readonly pt: string
}

export const textIn = <Text>({ en, pt }: { readonly en: Text; readonly pt: Text }, language: Language): Text =>
  language === 'en' ? en : pt

type Rows<Words> = {
  readonly [Name in keyof Words]: { readonly en: Words[Name]; readonly pt: NoInfer<Words[Name]> }
}

/**
 * The words of each language, from rows that have both. A translation that is missing, or that takes other arguments, does not compile.
 */
export function bilingual<Words>(rows: Rows<Words>): Readonly<Record<Language, Words>>
export function bilingual(rows: Readonly<Record<string, { readonly en: unknown; readonly pt: unknown }>>) {
  const wordsIn = (side: 'en' | 'pt') =>
    Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row[side]]))
  return { en: wordsIn('en'), 'pt-BR': wordsIn('pt') }
}

/** Like `bilingual`, from one block for each language. For long texts. */
export const translated = <Words>(words: {
  readonly en: Words
  readonly 'pt-BR': NoInfer<Words>
}): Readonly<Record<Language, Words>> => words
