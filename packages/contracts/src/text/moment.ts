import type { Language } from '../language.ts'

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
