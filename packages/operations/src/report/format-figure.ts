import { formatReais, type Language, MINUTE_MS, textIn, type Texts } from '@ponte/contracts'
import type { Period } from '@ponte/state'

/** What a figure counts: things, centavos, milliseconds, or a share from 0 to 1 (of a quota also more). */
export type Unit = 'count' | 'money' | 'time' | 'share'

const LEAST_SHARE = 0.001

/** A figure as people read it: `1.234`, `R$ 1.234,50`, `2,4 s`, `12 %`. */
export function formatFigure(value: number, unit: Unit, language: Language): string {
  switch (unit) {
    case 'count':
      return new Intl.NumberFormat(language).format(value)
    case 'money':
      return formatReais(value / 100, language)
    case 'share':
      return formatShare(value, language)
    case 'time':
      return formatTime(value, language)
  }
}

/** `0%` is only shown when there is none at all. */
function formatShare(share: number, language: Language): string {
  if (share > 0 && share < LEAST_SHARE) return `< ${formatShare(LEAST_SHARE, language)}`
  const maximumFractionDigits = share < 0.1 ? 1 : 0
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits }).format(share)
}

/** Two significant digits: `80 ms`, `2,4 s`, `35 s`, `4,5 min`, `3 h`. */
function formatTime(ms: number, language: Language): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  const [value, unit] =
    ms < MINUTE_MS ? [ms / 1000, 's'] : ms < 60 * MINUTE_MS ? [ms / MINUTE_MS, 'min'] : [ms / (60 * MINUTE_MS), 'h']
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)} ${unit}`
}

/** The figure for a spreadsheet or a program, in reais, seconds and per cent. */
export function plainFigure(value: number, unit: Unit): number {
  switch (unit) {
    case 'count':
      return value
    case 'money':
      return value / 100
    case 'time':
      return Math.round(value) / 1000
    case 'share':
      // Of a quota less than a hundredth of a per cent may be used.
      return Number((value * 100).toPrecision(5))
  }
}

/** The figure that `plainFigure` wrote. */
export function fromPlain(plain: number, unit: Unit): number {
  switch (unit) {
    case 'count':
      return plain
    case 'money':
      return Math.round(plain * 100)
    case 'time':
      return plain * 1000
    case 'share':
      return plain / 100
  }
}

/** The unit of `plainFigure`, for a heading. A count has none. */
export const plainUnits: Readonly<Record<Unit, string>> = { count: '', money: 'R$', time: 's', share: '%' }

export type SpanLength = 'hour' | 'day'

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
