import { systemNames } from '@ponte/contracts'
import {
  type BridgeState,
  type Connection,
  connectionWords,
  isImpaired,
  needsPerson,
  refusedWords,
} from '@ponte/operations'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** Up to this many connections that nothing is wrong with are shown. More are folded, so that the exceptions are seen. */
const MAX_OPEN = 4

/** The connections of each tenant: what needs somebody, what Ponte has paused, what was never tried, then what works. */
export function renderConnections({ connections, unreadable }: BridgeState, view: OverviewView): Html {
  const words = overviewTexts[view.language]
  const exceptions = connections
    .filter(each => isImpaired(each) || each.refused !== undefined)
    .toSorted((one, other) => weightOf(other) - weightOf(one))
  const others = connections.filter(each => !exceptions.includes(each))
  const of = (wanted: Connection['state']): readonly Connection[] => others.filter(({ state }) => state === wanted)
  const groups = [
    { title: words.untried, rows: of('not-tried') },
    { title: words.fine, rows: of('ok') },
  ].map(({ title, rows }) => ({ title: title(rows.length), rows: rows.map(each => renderConnection(each, view)) }))
  const [open, folded] = [
    groups.filter(({ rows }) => rows.length <= MAX_OPEN),
    groups.filter(({ rows }) => rows.length > MAX_OPEN),
  ]
  return html`<section class="card connections" aria-labelledby="connections">
    <h2 id="connections">${words.connections}</h2>
    <ul class="rows">
      ${exceptions.map(each => renderConnection(each, view))}
      ${unreadable.map(
        tenant =>
          html`<li>
            <span><strong>${tenant}</strong> <span class="bad">${words.unknown}</span></span>
          </li>`,
      )}
      ${open.flatMap(({ rows }) => rows)}
    </ul>
    ${folded.map(
      ({ title, rows }) =>
        html`<details>
          <summary>${title}</summary>
          <ul class="rows">
            ${rows}
          </ul>
        </details>`,
    )}
  </section>`
}

/** What needs somebody stands before what Ponte has paused. */
const weightOf = (connection: Connection): number =>
  needsPerson(connection) ? 2 : connection.refused === undefined ? 0 : 1

/** What was refused of a source, and where it is said what to do. Calls to the system may work all the same. */
function renderRefusal({ system, refused }: Connection, { language, now }: OverviewView): Html | undefined {
  if (refused === undefined) return undefined
  const { headline } = refusedWords(refused, { system, language, now })
  return html`<span class="${refused.isMany ? 'bad' : 'warn'}">${headline}</span>
    <a href="/connections">${overviewTexts[language].seeConnections}</a>`
}

function renderConnection(connection: Connection, view: OverviewView): Html {
  const { tenant, system, state, code } = connection
  const name = html`<strong>${tenant} · ${systemNames[system]}</strong>`
  const refusal = renderRefusal(connection, view)
  const { tone, state: words, times } = connectionWords(connection, view.language, view.now)
  if (state === 'ok' && refusal === undefined)
    return html`<li>
      <span>${name} <span class="soft">${times}</span></span> <span class="state good">ok</span>
    </li>`
  if (state === 'ok') return html`<li><span>${name} ${refusal}</span></li>`
  return html`<li>
    <span
      >${name}
      <span class="${tone}">${[words, times].filter(Boolean).join(' · ')}</span>
      ${code && html`<a class="code" href="/error-codes/${code}">${code}</a>`} ${refusal}</span
    >
    ${view.user.role === 'operator' ? renderButton(connection, view) : undefined}
  </li>`
}

/** A system that asked for a pause is not asked before the pause is over. */
function renderButton({ tenant, system, state }: Connection, { language }: OverviewView): Html | undefined {
  const words = overviewTexts[language]
  if (state === 'throttled') return undefined
  const path = `/connections/${encodeURIComponent(tenant)}/${system}`
  const about = `${tenant} · ${systemNames[system]}`
  if (state === 'disconnected') return buttonForm(path, words.reconnect, { about })
  return buttonForm(`${path}/check`, commonTexts[language].checkNow, {
    about,
    isQuiet: true,
    fields: hiddenFields({ next: '/' }),
  })
}
