import { type Html, html } from './html.ts'
import { formatDuration } from './duration.ts'
import type { Language } from './language.ts'

/** A point in time as the server's clock shows it, with its zone: without a script the browser's is not known. */
export function moment(at: number, language: Language): Html {
  const text = new Intl.DateTimeFormat(language, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(at)
  return html`<time datetime="${new Date(at).toISOString()}">${text}</time>`
}

/** `há 3 min`, `3 min ago`. */
export function ago(at: number, language: Language, now: number): string {
  const span = formatDuration(Math.max(0, now - at), language)
  return language === 'en' ? `${span} ago` : `há ${span}`
}
