import type { Language } from '@ponte/contracts'

/** Date and time of day, to the second, as people of the language write them in a time zone (`BOARD_TIME_ZONE`). */
export const formatMoment = (at: number, language: Language, timeZone: string): string =>
  new Intl.DateTimeFormat(language, {
    timeZone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(at)
