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

/** How a moment is written, to the second. In English the month is a word: `12/02/2026` is the 12th of February to a Brazilian. */
export const momentFormat = (language: Language, timeZone: string): Intl.DateTimeFormatOptions => ({
  timeZone,
  day: '2-digit',
  month: language === 'en' ? 'short' : '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** Where each language is written as Ponte's pages write it: the day comes before the month in both. */
const places = { en: 'en-GB', 'pt-BR': 'pt-BR' } as const satisfies Record<Language, string>

/** Date and time of day, to the second, as people of the language write them in a time zone (`BOARD_TIME_ZONE`). */
export const formatMoment = (at: number, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(places[language], momentFormat(language, timeZone)).format(at)
