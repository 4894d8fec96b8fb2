import { type Language, systemNames, systems } from '@ponte/contracts'
import { type Connection, isImpaired, type SetUpStep } from '@ponte/operations'
import type { Tenant } from '@ponte/runtime'
import { type ConnectResult, createConnectAttempts, createSelfTests } from '@ponte/state'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { depsFor } from '../../board-deps.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, trustedHtml } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { renderTable, sendPage } from '../../ui/page.ts'
import { addAlertTest } from './alert-test.ts'
import { addCheckNow } from './check-now.ts'
import { readCheckResult } from './check-result.ts'
import { addConnectRoutes, redirectUriOf } from './connect.ts'
import { connectable, type ConnectDeps } from './obstacles.ts'
import { renderConnect, renderProblem } from './render-connections.ts'
import { type IngressAddress, renderDelivery, renderSetUp, renderTesting, type SetUpView } from './render-set-up.ts'
import { openSteps, readSetUp, type SetUp } from './set-up.ts'
import { connectionsTexts, reasonText } from './texts.ts'

const query = z.object({ attempt: z.string().max(200).optional() })
/** Up to this many tenants are shown unfolded. */
const FEW = 5

interface TenantSetUp {
  readonly tenant: Tenant
  /** Undefined when Redis did not answer. */
  readonly setUp: SetUp | undefined
}

/** `/connections`: how each tenant is connected to both systems, and for operators what reconnects or checks it. */
export function addConnectionsPages(app: FastifyInstance, all: ConnectDeps & { readonly now?: () => number }): void {
  const { now = Date.now } = all
  const attempts = createConnectAttempts(all.redis)
  addConnectRoutes(app, all)
  addCheckNow(app, all)
  addAlertTest(app, all)

  app.get('/connections', async (request, reply) => {
    const language = languageOf(request)
    const { title } = connectionsTexts[language]
    const { tenants } = depsFor(all, request.user)
    const { attempt } = query.catch({}).parse(request.query)
    const result = attempt === undefined ? undefined : await attempts.readResult(attempt, request.user?.name ?? '')
    const isOperator = request.user?.role === 'operator'
    const ingress = ingressOf(all, request)
    const view = { language, now: now(), isOperator, deps: all, next: '/connections', ingress }
    const alerts = await createSelfTests(all.redis)
      .read('alerts')
      .catch(() => undefined)
    const found = await Promise.all(
      tenants.map(async tenant => ({ tenant, setUp: await readSetUp(all, tenant, { now: view.now, alerts }) })),
    )
    const check = await readCheckResult({ redis: all.redis, tenants }, request, view)
    const body = html`<h1>${title}</h1>
      ${check?.notice} ${result && renderResult(result, language)} ${renderTenants(found, view)}
      ${isOperator ? renderCallback(redirectUriOf(all, request), language) : undefined}`
    return sendPage(reply, {
      language,
      title,
      body,
      refreshes: check?.isChecking === true ? 'soon' : true,
      copies: true,
    })
  })
}

/** RD Station and TOTVS CRM call the ingress at the host of the board, unless a setting names another. */
function ingressOf({ ingressUrl, publicUrl }: ConnectDeps, { protocol, host }: FastifyRequest): IngressAddress {
  if (ingressUrl !== undefined) return { url: ingressUrl, from: 'ingress' }
  return publicUrl === undefined ? { url: `${protocol}://${host}`, from: 'guess' } : { url: publicUrl, from: 'board' }
}

/** The outcome of the attempt that led here. It is read from Redis, so that a link cannot claim what did not happen. */
function renderResult({ tenant, name }: ConnectResult, language: Language): Html {
  const { connected, notConnected, nothingChanged } = connectionsTexts[language]
  if (name === 'connected') return html`<p class="notice done" role="status">${connected(tenant)}</p>`
  return html`<p class="notice" role="alert">
    ${notConnected(tenant)} ${reasonText(name, language)} ${nothingChanged}
  </p>`
}

/** Tenants with a problem come first, then those that are not set up yet, one card each. The others are folded. */
function renderTenants(found: readonly TenantSetUp[], view: SetUpView): Html {
  const { allFine, fine } = connectionsTexts[view.language]
  if (found.length === 0) return html`<p>${commonTexts[view.language].noTenant}</p>`
  const degraded = found.filter(
    each => each.setUp === undefined || problemsOf(each.setUp).length > 0 || isRefused(each),
  )
  const unfinished = found.filter(each => !degraded.includes(each) && openStepsOf(each).length > 0)
  const others = found.flatMap(each => (each.setUp && ![...degraded, ...unfinished].includes(each) ? [each.setUp] : []))
  const cards = [...degraded, ...unfinished]
  return html`${cards.length === 0 ? html`<p class="good">${allFine}</p>` : undefined}
  ${cards.map(each => renderCard(each, view, { isOpen: cards.length <= FEW || isRefused(each) }))}
  ${
    others.length === 0
      ? undefined
      : html`<details class="fold" ${trustedHtml(others.length <= FEW ? 'open' : '')}>
          <summary>${fine(others.length)}</summary>
          ${renderOthers(others, view)}
        </details>`
  }`
}

const problemsOf = ({ connections }: SetUp): readonly Connection[] => connections.filter(isImpaired)
const isRefused = ({ setUp }: TenantSetUp): boolean =>
  setUp?.connections.some(({ refused }) => refused !== undefined) === true
const openStepsOf = ({ setUp }: TenantSetUp): readonly SetUpStep[] => (setUp === undefined ? [] : openSteps(setUp))

function renderCard({ tenant, setUp }: TenantSetUp, view: SetUpView, { isOpen }: { readonly isOpen: boolean }): Html {
  const { unreadable } = connectionsTexts[view.language]
  const isFinished = setUp !== undefined && openSteps(setUp).length === 0
  return html`<section class="card" aria-label="${tenant.name}">
    <h2>${tenant.name}</h2>
    ${setUp === undefined ? html`<p class="bad">${unreadable}</p>` : undefined}
    ${setUp && problemsOf(setUp).map(each => renderProblem(each, tenant, view))}
    ${setUp && isFinished ? systems.map(system => renderAlso(setUp, system, view)) : undefined}
    ${setUp && !isFinished ? renderSetUp(setUp, view, { isOpen }) : undefined}
  </section>`
}

/** Beside what is wrong: when each system last answered and delivered, and the test of the one that works. */
const renderAlso = (setUp: SetUp, system: Connection['system'], view: SetUpView): Html =>
  html`<div class="connection">
    <p class="tight"><strong>${systemNames[system]}</strong></p>
    ${renderDelivery(setUp, system, view)} ${renderTesting(setUp, system, view)}
  </div>`

function renderOthers(others: readonly SetUp[], view: SetUpView): Html {
  const { language, isOperator, deps } = view
  const { tenant: tenantHead } = commonTexts[language]
  const { connect, account } = connectionsTexts[language]
  const rows = others.map(setUp => [
    setUp.tenant.name,
    ...systems.map(system => renderWorking(setUp, system, view)),
    typeof connectable(deps, setUp.tenant) === 'string'
      ? ''
      : renderConnect(setUp.tenant.name, { text: connect, isQuiet: true }),
  ])
  const heads = [tenantHead, ...systems.map(system => systemNames[system]), ...(isOperator ? [account] : [])]
  return renderTable(heads, rows)
}

/** A connection that works: since when that is known, and what tests it. */
const renderWorking = (setUp: SetUp, system: Connection['system'], view: SetUpView): Html =>
  html`<div>
    <p class="tight good">${connectionsTexts[view.language].works}</p>
    ${renderDelivery(setUp, system, view)} ${renderTesting(setUp, system, view)}
  </div>`

/** RD Station sends nobody back to an address that its app does not name. */
function renderCallback(address: string, language: Language): Html {
  const { callback, callbackText } = connectionsTexts[language]
  return html`<details>
    <summary>${callback}</summary>
    <p>${callbackText} <code>${address}</code></p>
  </details>`
}
