import { type Language, systemTable } from '@ponte/contracts'
import { type Connection, connectionWords, findObstacle, needsPerson } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { buttonForm, hiddenFields, type Html, html } from '../../ui/html.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import type { BoardDeps } from '../../board-deps.ts'
import { renderObstacle } from './routes.ts'
import { connectionsTexts } from './texts.ts'

export interface ConnectionView {
  readonly language: Language
  /** Milliseconds since 1970. */
  readonly now: number
  readonly isOperator: boolean
  readonly deps: Pick<BoardDeps, 'secretBox'>
  /** The address of the page, to come back to. */
  readonly next: string
}

/** A connection with a problem: what is wrong, since when, and for operators what they can do. */
export function renderProblem(connection: Connection, tenant: Tenant, view: ConnectionView): Html {
  const { code } = connection
  const { tone, headline, times, waitingEvents } = connectionWords(connection, view.language, view.now)
  return html`<div class="connection ${tone}">
    <p class="tight">
      <strong class="${tone}">${headline}</strong>
      <span class="soft">· ${times}</span>
      ${code && html`<a href="/error-codes/${code}"><code>${code}</code></a>`}
    </p>
    <p class="tight soft">${waitingEvents}</p>
    ${view.isOperator ? renderActions(connection, tenant, view) : undefined}
  </div>`
}

/** A system that said how long to wait is not asked earlier. */
function renderActions(connection: Connection, tenant: Tenant, view: ConnectionView): Html | undefined {
  const { system, state } = connection
  if (state === 'throttled') return undefined
  const { language, deps, next } = view
  const { reconnect } = connectionsTexts[language]
  const isLost = state === 'disconnected'
  const obstacle = findObstacle(deps, tenant)
  const mayConnect = systemTable[system].access === 'account' && needsPerson(connection) && obstacle === undefined
  const check = `/connections/${tenant.name}/${system}/check`
  return html`${
      isLost && obstacle !== undefined ? renderObstacle({ obstacle, tenant: tenant.name }, language) : undefined
    }
    <div class="actions">
      ${mayConnect ? renderConnect(tenant.name, { text: reconnect, isQuiet: !isLost }) : undefined}
      ${
        // A connection that is lost comes back by connecting, not by asking again.
        mayConnect && isLost
          ? undefined
          : buttonForm(check, commonTexts[language].checkNow, { about: tenant.name, fields: hiddenFields({ next }) })
      }
    </div>`
}

/** Leads to RD Station, to connect the account of the tenant. */
export const renderConnect = (
  tenant: string,
  { text, isQuiet }: { readonly text: string; readonly isQuiet: boolean },
): Html => buttonForm(`/connections/${tenant}/rd-station`, text, { isQuiet, about: tenant })
