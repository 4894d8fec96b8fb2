import { bilingual, type Language } from '@ponte/contracts'
import { buttonForm, hiddenFields, type Html, html } from '../html.ts'
import { formatCount } from '../common-texts.ts'
import { z } from 'zod'
import { type AskedEvents, eventFilters } from '../../filters/filters.ts'

const texts = bilingual({
  looked: {
    en: (count: string) => `Searched the names of ${count} events that are still in a queue.`,
    pt: count => `Busca feita nos nomes de ${count} eventos que ainda estão em alguma fila.`,
  },
  more: { en: 'Search further', pt: 'Continuar a busca' },
})

/** What is searched for, and where a search by name goes on. */
export const searchForm = z.object({ q: z.string().trim().min(1).max(300), from: z.string().max(30).optional() })

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
  const words = texts[language]
  const fields = hiddenFields({ ...eventFilters.fieldsOf(query), q, from: next ?? '' })
  return html`<p class="soft">${words.looked(formatCount(looked, language))}</p>
    ${next === undefined ? undefined : buttonForm(path, words.more, { fields, isQuiet: true })}`
}
