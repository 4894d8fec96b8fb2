import { isJobName, jobs, type Language, textIn } from '@ponte/contracts'
import { type Html, html } from './html.ts'

const delivery = { en: 'Delivery', pt: 'Entrega' }

/** What an event is called on pages. The name that logs, metrics and Bull Board have is shown on hovering. */
export const eventName = (name: string, language: Language): Html =>
  html`<span title="${name}">${eventText(name, language)}</span>`

/** The name without markup. An unknown name stays as it is. */
export function eventText(name: string, language: Language): string {
  if (name === 'delivery') return textIn(delivery, language)
  return isJobName(name) ? textIn(jobs[name], language) : name
}
