import type { Language } from '@ponte/contracts'
import { formatDuration, formatMoment } from '@ponte/runtime'
import { type Html, html } from './html.ts'

/** The zone of all times on pages: without a script the browser's own zone is not known. Each page names it once. */
export const timeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone

/** A point in time in the board's zone. */
export function moment(at: number, language: Language): Html {
  const text = formatMoment(at, language, timeZone())
  return html`<time datetime="${new Date(at).toISOString()}">${text}</time>`
}

/** The time of day, without the date. */
export const clockTime = (at: number, language: Language): string =>
  new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(
    at,
  )

/** `há 3 min`, `3 min ago`. */
export function ago(at: number, language: Language, now: number): Html {
  const span = formatDuration(Math.max(0, now - at), language)
  return html`<time datetime="${new Date(at).toISOString()}">${language === 'en' ? `${span} ago` : `há ${span}`}</time>`
}
