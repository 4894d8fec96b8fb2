import type { Language } from '@ponte/contracts'

export { formatMoment, momentFormat } from '@ponte/contracts'

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
