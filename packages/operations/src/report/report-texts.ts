import { type Language, type Texts, textIn } from '@ponte/contracts'
import type { Period } from '@ponte/state'
import type { SpanLength } from './read-report.ts'

/** The headings of a report. `measures.ts` has the names of figures. */
export const headings = {
  tenant: { en: 'Tenant', pt: 'Empresa' },
  hour: { en: 'Hour', pt: 'Hora' },
  day: { en: 'Day', pt: 'Dia' },
} as const satisfies Record<string, Texts>

export const periodTexts: Readonly<Record<Period, Texts>> = {
  '24h': { en: 'last 24 hours', pt: 'últimas 24 horas' },
  '7d': { en: 'last 7 days', pt: 'últimos 7 dias' },
  '30d': { en: 'last 30 days', pt: 'últimos 30 dias' },
}

interface Clock {
  readonly span: SpanLength
  readonly timeZone: string
}

/** What stands above the beginnings of hours or days. */
export const spanHeading = ({ span }: Pick<Clock, 'span'>, language: Language): string =>
  textIn(span === 'hour' ? headings.hour : headings.day, language)

/** The beginning of an hour or day as people read it: `14:00`, `26/11`, `Nov 26`. */
export function formatStart(start: number, { span, timeZone }: Clock, language: Language): string {
  const parts: Intl.DateTimeFormatOptions =
    span === 'hour'
      ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
      : { day: '2-digit', month: language === 'en' ? 'short' : '2-digit' }
  return new Intl.DateTimeFormat(language, { ...parts, timeZone }).format(start)
}

/** The beginning for a spreadsheet or a program, in any language: `2026-11-26 14:00`, `2026-11-26`. This is how Swedish writes dates. */
export function plainStart(start: number, { span, timeZone }: Clock): string {
  const day: Intl.DateTimeFormatOptions = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }
  const parts: Intl.DateTimeFormatOptions = span === 'hour' ? { ...day, hour: '2-digit', minute: '2-digit' } : day
  return new Intl.DateTimeFormat('sv-SE', parts).format(start)
}
