import type { Language } from '@ponte/contracts'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'
import { formatCount } from '../../ui/shell.ts'
import { type AskedEvents, eventFilters } from './filters.ts'
import { eventListTexts } from './texts.ts'

/** A search by name that may go on. */
export interface FurtherSearch {
  readonly q: string
  /** How many jobs were looked at; 0 when the search was for something else. */
  readonly looked: number
  readonly next: string | undefined
}

/** How far a search by name has come, and the button that has it go on. */
export function renderFurther(
  { q, looked, next }: FurtherSearch,
  query: Partial<AskedEvents>,
  language: Language,
  path = '/events',
): Html | undefined {
  if (looked === 0) return undefined
  const words = eventListTexts[language]
  const fields = hiddenFields({ ...eventFilters.fieldsOf(query), q, from: next ?? '' })
  return html`<p class="soft">${words.looked(formatCount(looked, language))}</p>
    ${next === undefined ? undefined : buttonForm(path, words.more, { fields, isQuiet: true })}`
}
