import { type BridgeState, reconcileWords } from '@ponte/operations'
import { type Html, html } from '../../ui/html.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** More say nothing new. */
const MOST_LINES = 20

/** What the last reconcile of each tenant found, the tenants with something missing first. Nothing where nobody reconciles. */
export function renderReconciled({ tenants }: BridgeState, { language, now }: OverviewView): Html | undefined {
  const reconciledTenants = tenants.flatMap(({ tenant, reconciled }) =>
    reconciled === undefined ? [] : [{ tenant, reconciled }],
  )
  if (reconciledTenants.length === 0) return undefined
  const weight = ({ reconciled }: (typeof reconciledTenants)[number]): number =>
    reconciled.needsPerson ? Infinity : reconciled.missing
  const lines = reconciledTenants.toSorted((one, other) => (weight(one) < weight(other) ? 1 : -1)).slice(0, MOST_LINES)
  return html`<section class="card" aria-labelledby="reconciled">
    <h2 id="reconciled">${overviewTexts[language].reconciled}</h2>
    <ul class="rows">
      ${lines.map(
        ({ tenant, reconciled }) =>
          html`<li>
            <span class="what"
              ><strong>${tenant}</strong> <span class="soft">${reconcileWords(reconciled, language, now)}</span></span
            >
          </li>`,
      )}
    </ul>
  </section>`
}
