import { type Language, systemNames, systems, type Texts } from '@ponte/contracts'
import {
  type Checklist,
  type Connection,
  createBrowserConnect,
  findObstacle,
  isImpaired,
  readChecklists,
  operators,
  checkNow,
  testAlerts,
} from '@ponte/operations'
import type { FastifyRequest, FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, trustedHtml } from '../../ui/html.ts'
import {
  page,
  action,
  type PageRequest,
  type PageView,
  noFilters,
  type RenderedPage,
  sendOutcome,
  tenantOf,
  userLimit,
} from '../../ui/board-page.ts'
import { renderTable } from '../../ui/page.ts'
import { readCheckResult, withCheck } from '../../ui/parts/check-result.ts'
import { renderConnect, renderProblem, renderObstacle } from '../../ui/parts/connection-problem.ts'
import { renderDelivery, renderSetUp, renderTesting } from './render-set-up.ts'
import { connectionsTexts, reasonText, linkBack, setUpTexts } from './texts.ts'
import { cookieNames } from '../../auth/guard.ts'
import { languageOf } from '../../ui/language.ts'
import { readLocalPath } from '../../ui/addresses.ts'

const CALLBACK = '/connections/callback'

/** What RD Station lets the browser bring back: a code, or why there is none. */
const answer = z.object({
  state: z.string().max(200),
  code: z.string().min(1).max(4000).optional(),
  error: z.string().optional(),
})

/** Leads an operator's browser to RD Station, to connect the account of a tenant, and takes the code that it brings back. */
function addConnectRoutes(app: FastifyInstance, all: BoardDeps, title: Texts): void {
  const browserConnect = createBrowserConnect(all)
  const sessionCookie = cookieNames(all.publicUrl).session
  const loginOf = ({ user, cookies }: FastifyRequest) => ({ user: user?.name ?? '', session: cookies[sessionCookie] })

  const begin = action({
    ...{ path: '/connections/:tenant/rd-station', isLimited: true, filters: noFilters },
    async run(asked) {
      const { deps, language, request } = asked
      const tenant = tenantOf(asked)
      if (tenant === undefined)
        return { status: 404, text: commonTexts[language].unknownTenant, link: linkBack(language) }
      const found = await browserConnect.begin(tenant, loginOf(request), redirectUriOf(deps, asked.origin))
      return typeof found === 'string'
        ? renderStop({ obstacle: found, tenant: tenant.name }, language)
        : renderOnward(asked, found.href)
    },
  })
  void begin(app, all, title)

  // Unlike other addresses: a code stands in it, so that a login must not lead back to it, and a HEAD would use the state up.
  const config = { roles: operators, loginLeadsTo: '/connections', rateLimit: userLimit }
  app.get(CALLBACK, { config, exposeHeadRoute: false }, async (request, reply) => {
    const { data } = answer.safeParse(request.query)
    const { tenants } = depsFor(all, request.user)
    const id = data && (await browserConnect.conclude(data, loginOf(request), tenants))
    // The address of this request holds the code, so it must not be the one that stays in the browser.
    if (id !== undefined) return reply.redirect(`/connections?attempt=${id}`, 303)
    const language = languageOf(request)
    const { refused, foreign: text } = connectionsTexts[language]
    return sendOutcome(reply, title, { status: 400, title: refused, text, link: linkBack(language) })
  })
}

/** Where RD Station is to send the browser back to. The app at RD Station has to name this address. */
const redirectUriOf = ({ publicUrl }: Pick<BoardDeps, 'publicUrl'>, origin: string): string =>
  new URL(CALLBACK, publicUrl ?? origin).href

/**
 * A page that leads on by itself. The policy lets forms lead to this board only (`form-action`). It could not name every host over which RD
 * Station may lead the browser on.
 */
function renderOnward({ language, reply }: Pick<PageRequest, 'language' | 'reply'>, href: string): RenderedPage {
  reply.header('refresh', `0; url=${href}`)
  const { onward: title, onwardText, onwardLink } = connectionsTexts[language]
  const body = html`<h1>${title}</h1>
    <p>${onwardText}</p>
    <p><a href="${href}">${onwardLink}</a></p>`
  return { title, body }
}

function renderStop(stopped: Parameters<typeof renderObstacle>[0], language: Language): RenderedPage {
  const { refused: title, back } = connectionsTexts[language]
  const body = html`<h1>${title}</h1>
    <div class="notice" role="alert">${renderObstacle(stopped, language)}</div>
    <p><a href="/connections">${back}</a></p>`
  return { status: 409, title, body }
}

const parameters = z.object({ system: z.enum(systems) })
const form = z.object({ next: z.string().max(2000) })

/** Has a worker call a system because a person asks. */
const checkSystem = action({
  ...{ path: '/connections/:tenant/:system/check', isLimited: true, filters: noFilters },
  async run(asked) {
    const { deps, language, user, now: at, request } = asked
    const tenant = tenantOf(asked)?.name
    const system = parameters.safeParse(request.params).data?.system
    if (tenant === undefined || system === undefined)
      return { status: 404, text: commonTexts[language].unknownTenant, link: linkBack(language) }
    const outcome = await checkNow(deps, { tenant, system, user: user.name })
    const href = readLocalPath(form.safeParse(request.body).data?.next ?? '/connections')
    if (outcome === 'asked') return withCheck(href, { tenant, system, at })
    const { notChecked: title, notYet, back } = connectionsTexts[language]
    return { status: 409, title, text: notYet[outcome](systemNames[system]), link: { href, text: back } }
  },
})

/** Has a worker send a test message over the channels of the alerts. */
const checkAlerts = action({
  ...{ path: '/connections/alert-test', isLimited: true, filters: noFilters },
  async run({ deps, language, user }) {
    if (await testAlerts(deps, user.name)) return '/connections'
    const { notChecked: title } = connectionsTexts[language]
    return { status: 409, title, text: setUpTexts[language].tooSoon, link: linkBack(language) }
  },
})

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
  render({ result, found, check }, asked) {
    const { deps, language, title, user, origin } = asked
    // Without the attempt, whose outcome was shown.
    const view = { ...asked, address: '/connections' }
    const body = html`<h1>${title}</h1>
      ${check?.notice} ${result && renderResult(result, language)} ${renderTenants(found, view)}
      ${user.role === 'operator' ? renderCallback(redirectUriOf(deps, origin), language) : undefined}`
    return { body, refreshes: check?.isChecking === true ? 'soon' : true }
  },
  actions: [addConnectRoutes, checkSystem, checkAlerts],
})

/** The outcome of the attempt that led here. It is read from Redis, so that a link cannot claim what did not happen. */
function renderResult({ tenant, name }: ConnectResult, language: Language): Html {
  const { connected, notConnected, nothingChanged } = connectionsTexts[language]
  if (name === 'connected') return html`<p class="notice done" role="status">${connected(tenant)}</p>`
  return html`<p class="notice" role="alert">
    ${notConnected(tenant)} ${reasonText(name, language)} ${nothingChanged}
  </p>`
}

/** Tenants with a problem come first, then those that are not set up yet, one card each. The others are folded. */
function renderTenants(found: readonly TenantSetUp[], view: PageView<unknown>): Html {
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
  view: PageView<unknown>,
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
const renderAlso = (checklist: Checklist, system: Connection['system'], view: PageView<unknown>): Html =>
  html`<div class="connection">
    <p class="tight"><strong>${systemNames[system]}</strong></p>
    ${renderDelivery(checklist, system, view)} ${renderTesting(checklist, system, view)}
  </div>`

function renderOthers(others: readonly Checklist[], view: PageView<unknown>): Html {
  const { language, user, deps } = view
  const { tenant: tenantHead } = commonTexts[language]
  const { connect, account } = connectionsTexts[language]
  const rows = others.map(checklist => [
    checklist.tenant.name,
    ...systems.map(system => renderWorking(checklist, system, view)),
    findObstacle(deps, checklist.tenant) !== undefined
      ? ''
      : renderConnect(checklist.tenant.name, { text: connect, isQuiet: true }),
  ])
  const heads = [
    tenantHead,
    ...systems.map(system => systemNames[system]),
    ...(user.role === 'operator' ? [account] : []),
  ]
  return renderTable(heads, rows)
}

/** A connection that works: since when that is known, and what tests it. */
const renderWorking = (checklist: Checklist, system: Connection['system'], view: PageView<unknown>): Html =>
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
