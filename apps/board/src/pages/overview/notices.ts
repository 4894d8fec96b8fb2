import {
  type BridgeState,
  driftWords,
  modeWords,
  oldCredentialWords,
  reconcileWords,
  refusedFileWords,
  seesAll,
} from '@ponte/operations'
import { type Html, html, inlineCode } from '../../ui/html.ts'
import { timeZone } from '../../ui/moment.ts'
import type { OverviewView } from './reader.ts'
import { renderRestButtons } from './rest.ts'
import { overviewTexts } from './texts.ts'

/** Of a list. More say nothing new. */
const MAX_LINES = 20
const MAX_TENANTS = 5

/**
 * That running processes do not take the tenants file, or use an old credential. The mistakes of the file name tenants and settings, so they
 * are shown to operators of all tenants only. Nothing while all processes use what they should.
 */
export function renderProcesses(
  { refusedFile, oldCredentials }: BridgeState,
  { language, user }: OverviewView,
): Html | undefined {
  if (refusedFile.length + oldCredentials.length === 0) return undefined
  const problems = seesAll(user) ? [...new Set(refusedFile.flatMap(each => each.problems))] : []
  return html`<div class="notice warning" role="alert">
    ${refusedFile.length === 0 ? undefined : html`<p>${refusedFileWords(refusedFile, language)}</p>`}
    ${
      problems.length === 0
        ? undefined
        : html`<ul>
            ${problems.map(problem => html`<li>${problem}</li>`)}
          </ul>`
    }
    ${oldCredentials.map(old => html`<p>${inlineCode(oldCredentialWords(old, language))}</p>`)}
  </div>`
}

/** Which tenants are in the shadow, or left it without a switch, and for operators what to do with what a way back left undone. Nothing when all are simply live. */
export function renderModes({ tenants }: BridgeState, { language, user, now }: OverviewView): Html | undefined {
  const lines = tenants.flatMap(({ tenant, mode }) => {
    const words = modeWords(mode, { language, now, timeZone: timeZone() })
    if (words === undefined) return []
    const { rest = 0 } = mode
    const buttons = rest > 0 && user.role === 'operator' ? renderRestButtons(tenant, rest, language) : undefined
    return [
      html`<div class="notice warning">
        <p class="tight"><strong>${tenant}</strong> · ${words}</p>
        ${buttons}
      </div>`,
    ]
  })
  return lines.length === 0 ? undefined : html`${lines}`
}

/** What vendors have changed in their answers and webhooks, and what to do about each. Nothing when there is nothing. */
export function renderDrift({ drift }: BridgeState, { language, now }: OverviewView): Html | undefined {
  if (drift.length === 0) return undefined
  const lines = drift.slice(0, MAX_LINES).map(each => ({
    names: [...each.at.slice(0, MAX_TENANTS), ...(each.at.length > MAX_TENANTS ? ['…'] : [])].join(', '),
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

/** What the last reconcile of each tenant found, the tenants with something missing first. Nothing where nobody reconciles. */
export function renderReconciled({ tenants }: BridgeState, { language, now }: OverviewView): Html | undefined {
  const reconciledTenants = tenants.flatMap(({ tenant, reconciled }) =>
    reconciled === null ? [] : [{ tenant, reconciled }],
  )
  if (reconciledTenants.length === 0) return undefined
  const weight = ({ reconciled }: (typeof reconciledTenants)[number]): number =>
    reconciled.needsPerson ? Infinity : reconciled.missing
  const lines = reconciledTenants.toSorted((one, other) => (weight(one) < weight(other) ? 1 : -1)).slice(0, MAX_LINES)
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
