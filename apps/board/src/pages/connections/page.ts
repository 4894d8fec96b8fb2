import { type Language, systemNames, systems } from '@ponte/contracts'
import {
  type Checklist,
  type Connection,
  createBrowserConnect,
  findObstacle,
  isImpaired,
  readChecklists,
} from '@ponte/operations'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { BoardDeps } from '../../board-deps.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, trustedHtml } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { renderTable } from '../../ui/page.ts'
import { readCheckResult } from '../../ui/parts/check-result.ts'
import { checkAlerts, checkSystem } from './checks.ts'
import { addConnectRoutes, redirectUriOf } from './connect.ts'
import { renderConnect, renderProblem } from '../../ui/parts/connection-problem.ts'
import { type IngressAddress, renderDelivery, renderSetUp, renderTesting, type SetUpView } from './render-set-up.ts'
import { connectionsTexts, reasonText } from './texts.ts'

const query = z.object({ attempt: z.string().max(200).optional() })
/** Up to this many tenants are shown unfolded. */
const FEW = 5

type TenantSetUp = Awaited<ReturnType<typeof readChecklists>>[number]
type ConnectResult = NonNullable<Awaited<ReturnType<ReturnType<typeof createBrowserConnect>['readResult']>>>

/** `/connections`: how each tenant is connected to both systems, and for operators what reconnects or checks it. */
export const connectionsPage = page({
  path: '/connections',
  title: { en: 'Connections', pt: 'Conexões' },
  menu: {},
  filters: { read: asked => query.catch({}).parse(asked) },
  async read({ deps, filters: { attempt }, language, user, now, request }) {
    const { readResult } = createBrowserConnect(deps)
    const result = attempt === undefined ? undefined : await readResult(attempt, user?.name ?? '')
    const found = await readChecklists(deps, deps.tenants, now)
    return { result, found, check: await readCheckResult(deps, request, { language, now }) }
  },
  render({ result, found, check }, { deps, language, title, user, now, request }) {
    const isOperator = user.role === 'operator'
    const view = { language, now, isOperator, deps, next: '/connections', ingress: ingressOf(deps, request) }
    const body = html`<h1>${title}</h1>
      ${check?.notice} ${result && renderResult(result, language)} ${renderTenants(found, view)}
      ${isOperator ? renderCallback(redirectUriOf(deps, request), language) : undefined}`
    return { body, refreshes: check?.isChecking === true ? 'soon' : true, copies: true }
  },
  actions: [addConnectRoutes, checkSystem, checkAlerts],
})

/** RD Station and TOTVS CRM call the ingress at the host of the board, unless a setting names another. */
function ingressOf({ ingressUrl, publicUrl }: BoardDeps, { protocol, host }: FastifyRequest): IngressAddress {
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
    each => each.checklist === undefined || problemsOf(each.checklist).length > 0 || isRefused(each),
  )
  const unfinished = found.filter(
    each => !degraded.includes(each) && each.checklist !== undefined && !isFinished(each.checklist),
  )
  const others = found.flatMap(each =>
    each.checklist && ![...degraded, ...unfinished].includes(each) ? [each.checklist] : [],
  )
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

const problemsOf = ({ connections }: Checklist): readonly Connection[] => connections.filter(isImpaired)
const isRefused = ({ checklist }: TenantSetUp): boolean =>
  checklist?.connections.some(({ refused }) => refused !== undefined) === true
const isFinished = ({ steps }: Checklist): boolean => steps.every(({ isOpen }) => !isOpen)

function renderCard(
  { tenant, checklist }: TenantSetUp,
  view: SetUpView,
  { isOpen }: { readonly isOpen: boolean },
): Html {
  const { unreadable } = connectionsTexts[view.language]
  return html`<section class="card" aria-label="${tenant.name}">
    <h2>${tenant.name}</h2>
    ${checklist === undefined ? html`<p class="bad">${unreadable}</p>` : undefined}
    ${checklist && problemsOf(checklist).map(each => renderProblem(each, tenant, view))}
    ${checklist && isFinished(checklist) ? systems.map(system => renderAlso(checklist, system, view)) : undefined}
    ${checklist && !isFinished(checklist) ? renderSetUp(checklist, view, { isOpen }) : undefined}
  </section>`
}

/** Beside what is wrong: when each system last answered and delivered, and the test of the one that works. */
const renderAlso = (checklist: Checklist, system: Connection['system'], view: SetUpView): Html =>
  html`<div class="connection">
    <p class="tight"><strong>${systemNames[system]}</strong></p>
    ${renderDelivery(checklist, system, view)} ${renderTesting(checklist, system, view)}
  </div>`

function renderOthers(others: readonly Checklist[], view: SetUpView): Html {
  const { language, isOperator, deps } = view
  const { tenant: tenantHead } = commonTexts[language]
  const { connect, account } = connectionsTexts[language]
  const rows = others.map(checklist => [
    checklist.tenant.name,
    ...systems.map(system => renderWorking(checklist, system, view)),
    findObstacle(deps, checklist.tenant) !== undefined
      ? ''
      : renderConnect(checklist.tenant.name, { text: connect, isQuiet: true }),
  ])
  const heads = [tenantHead, ...systems.map(system => systemNames[system]), ...(isOperator ? [account] : [])]
  return renderTable(heads, rows)
}

/** A connection that works: since when that is known, and what tests it. */
const renderWorking = (checklist: Checklist, system: Connection['system'], view: SetUpView): Html =>
  html`<div>
    <p class="tight good">${connectionsTexts[view.language].works}</p>
    ${renderDelivery(checklist, system, view)} ${renderTesting(checklist, system, view)}
  </div>`

/** RD Station sends nobody back to an address that its app does not name. */
function renderCallback(address: string, language: Language): Html {
  const { callback, callbackText } = connectionsTexts[language]
  return html`<details>
    <summary>${callback}</summary>
    <p>${callbackText} <code>${address}</code></p>
  </details>`
}
