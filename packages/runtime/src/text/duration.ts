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
