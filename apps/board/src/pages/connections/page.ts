import { type Connection, connectionsOf } from '@ponte/report'
import { type Language, systemNames } from '@ponte/contracts'
import type { Tenant } from '@ponte/runtime'
import { type ConnectResult, createConnectAttempts, readOpenBreakers, systems } from '@ponte/state'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { depsFor } from '../../board-deps.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, trustedHtml } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { renderTable, sendPage } from '../../ui/page.ts'
import { addCheckNow } from './check-now.ts'
import { addConnectRoutes, redirectUriOf } from './connect.ts'
import { connectable, type ConnectDeps } from './obstacles.ts'
import { type ConnectionView, renderConnect, renderProblem } from './render-connections.ts'
import { connectionsTexts, reasonText } from './texts.ts'

const query = z.object({ attempt: z.string().max(200).optional() })
/** Up to this many tenants are shown unfolded. */
const FEW = 5

interface TenantConnections {
  readonly tenant: Tenant
  /** Undefined when Redis did not answer. */
  readonly connections: readonly Connection[] | undefined
}

/** `/connections`: how each tenant is connected to both systems, and for operators what reconnects or checks it. */
export function addConnectionsPages(app: FastifyInstance, all: ConnectDeps & { readonly now?: () => number }): void {
  const { now = Date.now } = all
  const attempts = createConnectAttempts(all.redis)
  addConnectRoutes(app, all)
  addCheckNow(app, all)

  app.get('/connections', async (request, reply) => {
    const language = languageOf(request)
    const { title } = connectionsTexts[language]
    const { tenants } = depsFor(all, request.user)
    const { attempt } = query.catch({}).parse(request.query)
    const result = attempt === undefined ? undefined : await attempts.readResult(attempt, request.user?.name ?? '')
    const isOperator = request.user?.role === 'operator'
    const view = { language, now: now(), isOperator, deps: all, next: '/connections' }
    const found = await Promise.all(tenants.map(tenant => readConnections(all, tenant, view.now)))
    const body = html`<h1>${title}</h1>
      ${result && renderResult(result, language)} ${renderTenants(found, view)}
      ${isOperator ? renderCallback(redirectUriOf(all, request), language) : undefined}`
    return sendPage(reply, { language, title, body, refreshes: true })
  })
}

async function readConnections({ redis }: ConnectDeps, tenant: Tenant, now: number): Promise<TenantConnections> {
  const breakers = await readOpenBreakers(redis, tenant.name).catch(() => undefined)
  return { tenant, connections: breakers && connectionsOf(tenant.name, breakers, now) }
}

/** The outcome of the attempt that led here. It is read from Redis, so that a link cannot claim what did not happen. */
function renderResult({ tenant, name }: ConnectResult, language: Language): Html {
  const { connected, notConnected, nothingChanged } = connectionsTexts[language]
  if (name === 'connected') return html`<p class="notice done" role="status">${connected(tenant)}</p>`
  return html`<p class="notice" role="alert">
    ${notConnected(tenant)} ${reasonText(name, language)} ${nothingChanged}
  </p>`
}

/** Tenants with a problem come first, one card each. The others are folded. */
function renderTenants(found: readonly TenantConnections[], view: ConnectionView): Html {
  const { allFine, fine, unreadable } = connectionsTexts[view.language]
  if (found.length === 0) return html`<p>${commonTexts[view.language].noTenant}</p>`
  const isFine = ({ connections }: TenantConnections): boolean =>
    connections?.every(({ state }) => state === 'ok') === true
  const heldUp = found.filter(each => !isFine(each))
  const others = found.filter(isFine)
  const cards = heldUp.map(
    ({ tenant, connections = [] }) =>
      html`<section class="card" aria-label="${tenant.name}">
        <h2>${tenant.name}</h2>
        ${connections.length === 0 ? html`<p class="bad">${unreadable}</p>` : undefined}
        ${connections.flatMap(each => (each.state === 'ok' ? [] : [renderProblem(each, tenant, view)]))}
      </section>`,
  )
  return html`${heldUp.length === 0 ? html`<p class="good">${allFine}</p>` : cards}
  ${
    others.length === 0
      ? undefined
      : html`<details class="fold" ${trustedHtml(others.length <= FEW ? 'open' : '')}>
          <summary>${fine(others.length)}</summary>
          ${renderOthers(others, view)}
        </details>`
  }`
}

function renderOthers(others: readonly TenantConnections[], { language, isOperator, deps }: ConnectionView): Html {
  const { tenant: tenantHead } = commonTexts[language]
  const { connect, account, works } = connectionsTexts[language]
  const rows = others.map(({ tenant }) => [
    tenant.name,
    ...systems.map(() => ({ content: works, look: 'good' })),
    typeof connectable(deps, tenant) === 'string' ? '' : renderConnect(tenant.name, { text: connect, isQuiet: true }),
  ])
  const heads = [tenantHead, ...systems.map(system => systemNames[system]), ...(isOperator ? [account] : [])]
  return renderTable(heads, rows)
}

/** RD Station sends nobody back to an address that its app does not name. */
function renderCallback(address: string, language: Language): Html {
  const { callback, callbackText } = connectionsTexts[language]
  return html`<details>
    <summary>${callback}</summary>
    <p>${callbackText} <code>${address}</code></p>
  </details>`
}
