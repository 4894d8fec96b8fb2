import { type BridgeState, driftWords } from '@ponte/operations'
import { type Html, html } from '../../ui/html.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** More say nothing new. */
const MOST_LINES = 20
const MOST_TENANTS = 5

/** What vendors have changed in their answers and webhooks, and what to do about each. Nothing when there is nothing. */
export function renderDrift({ drift }: BridgeState, { language, now }: OverviewView): Html | undefined {
  if (drift.length === 0) return undefined
  const lines = drift.slice(0, MOST_LINES).map(each => ({
    names: [...each.at.slice(0, MOST_TENANTS), ...(each.at.length > MOST_TENANTS ? ['…'] : [])].join(', '),
    ...driftWords(each, language, now),
  }))
  return html`<section class="card" aria-labelledby="changed">
    <h2 id="changed">${overviewTexts[language].changed}</h2>
    <ul class="rows">
      ${lines.map(
        ({ names, headline, todo }) =>
          html`<li>
            <span class="what"
              ><strong>${names} · <span class="warn">${headline}</span></strong> <span class="soft">${todo}</span></span
            >
          </li>`,
      )}
    </ul>
  </section>`
}
