import { bilingual, type Language, systemTable } from '@ponte/contracts'
import {
  type Connection,
  connectionWords,
  connectProblemTexts,
  findObstacle,
  needsPerson,
  type Obstacle,
} from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { buttonForm, hiddenFields, type Html, html } from '../html.ts'
import { commonTexts } from '../common-texts.ts'
import type { PageView } from '../board-page.ts'

/** What a person can do about a connection, and what stands in the way. */
export const obstacleTexts = bilingual({
  reconnect: { en: 'Reconnect RD Station', pt: 'Reconectar o RD Station' },
  command: { en: 'Or connect on the command line:', pt: 'Ou conecte pela linha de comando:' },
  obstacles: {
    en: {
      credentials:
        'The board was not given the credentials of RD Station: give it what rdStation refers to in the tenants file, and restart it.',
      'secret-key': 'The board was not given PONTE_SECRET_KEY: set the one of the workers, and restart it.',
      dialog:
        'The authorization page cannot be derived from rdStation.tokenUrl: name it to the command, with --auth-url.',
      'fingerprint-key':
        'The board has another PONTE_FINGERPRINT_KEY than the workers: correct its keys, and restart it.',
    },
    pt: {
      credentials:
        'O painel não recebeu as credenciais do RD Station: dê a ele aquilo a que rdStation se refere no arquivo de tenants e reinicie o painel.',
      'secret-key': 'O painel não recebeu a PONTE_SECRET_KEY: defina a mesma dos workers e reinicie o painel.',
      dialog:
        'A página de autorização não pode ser deduzida de rdStation.tokenUrl: informe-a ao comando, com --auth-url.',
      'fingerprint-key':
        'O painel tem outra PONTE_FINGERPRINT_KEY, não a dos workers: corrija as chaves do painel e reinicie-o.',
    },
  },
})

/** A connection with a problem: what is wrong, since when, and for operators what they can do. */
export function renderProblem(connection: Connection, tenant: Tenant, view: PageView<unknown>): Html {
  const { code } = connection
  const { tone, headline, times, waitingEvents } = connectionWords(connection, view.language, view.now)
  return html`<div class="connection ${tone}">
    <p class="tight">
      <strong class="${tone}">${headline}</strong>
      <span class="soft">· ${times}</span>
      ${code && html`<a href="/error-codes/${code}"><code>${code}</code></a>`}
    </p>
    <p class="tight soft">${waitingEvents}</p>
    ${view.user.role === 'operator' ? renderActions(connection, tenant, view) : undefined}
  </div>`
}

/** A system that said how long to wait is not asked earlier. */
function renderActions(connection: Connection, tenant: Tenant, view: PageView<unknown>): Html | undefined {
  const { system, state } = connection
  if (state === 'throttled') return undefined
  const { language, deps, address: next } = view
  const { reconnect } = obstacleTexts[language]
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

/** Why the board cannot connect the tenant, what to set, and the command that does it instead. */
export function renderObstacle(
  { obstacle, tenant }: { readonly obstacle: Obstacle; readonly tenant: string },
  language: Language,
): Html {
  const { command, obstacles } = obstacleTexts[language]
  const text = obstacle === 'SECRET_KEY_OTHER' ? connectProblemTexts[language].SECRET_KEY_OTHER : obstacles[obstacle]
  return html`<p class="tight">${text}</p>
    <p class="tight">${command} <code>ponte connect --tenant ${tenant}</code></p>`
}
