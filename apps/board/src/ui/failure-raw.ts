import { bilingual, type Language } from '@ponte/contracts'
import { type Html, html } from './html.ts'

const texts = bilingual({ details: { en: 'Technical details', pt: 'Detalhes técnicos' } })

/** In characters, of each text. */
const MOST = 300

/** What stands behind the title of a failure, folded away: facts, places in a body, the other system's own words. */
export const renderRaw = (raw: readonly string[], language: Language): Html | undefined =>
  raw.length === 0
    ? undefined
    : html`<details class="raw">
        <summary>${texts[language].details}</summary>
        ${raw.map(text => html`<p class="tight"><code>${text.slice(0, MOST)}</code></p>`)}
      </details>`
