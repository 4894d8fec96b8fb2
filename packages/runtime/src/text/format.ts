import type { Language } from '@ponte/contracts'

const units = [
  { unit: 'day', ms: 86_400_000 },
  { unit: 'hour', ms: 3_600_000 },
  { unit: 'minute', ms: 60_000 },
  { unit: 'second', ms: 1000 },
] as const

/** A time span in words of one unit, rounded down: `3 min`, `2 dias`. */
export function formatDuration(ms: number, language: Language): string {
  const { unit, ms: size } = units.find(each => ms >= each.ms) ?? { unit: 'second', ms: 1000 }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'day' ? 'long' : 'short',
  }).format(Math.max(0, Math.floor(ms / size)))
}

const rules = { en: new Intl.PluralRules('en'), 'pt-BR': new Intl.PluralRules('pt-BR') } as const

/**
 * `1 evento`, `2 eventos`: a number with the form of the word, or of the whole sentence after it, that people use. The rules of Portuguese
 * would make `0 evento` of none.
 */
export const counted = (language: keyof typeof rules, count: number, one: string, other: string): string =>
  `${count} ${count !== 0 && rules[language].select(count) === 'one' ? one : other}`

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
