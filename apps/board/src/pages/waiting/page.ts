import { formatDuration, type Tenant } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { maySee, STUCK_AFTER_MS } from '@ponte/operations'
import { createFilters, tenantAmong, tenantChoices } from '../../ui/filters.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { html, type Html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'
import { addressOf } from '../../ui/shell.ts'
import type { ConnectDeps } from '../connections/obstacles.ts'
import { readDelayed, readWaitingTenant, type WaitingDeps, type WaitingTenant } from './reader.ts'
import { waitingTexts } from './texts.ts'
import { readCheckResult } from '../connections/check-result.ts'
import { type ConnectionView, renderProblem } from '../connections/render-connections.ts'
import { type QueueView, renderDelayed, renderLine, renderLongest, renderTable } from './render-queues.ts'
import { heldUpQueues, isWithoutWorkers } from './held-up.ts'

export interface WaitingPageOptions extends WaitingDeps, Pick<ConnectDeps, 'secretBox'> {
  /** Of this moment. */
  readonly tenants: readonly Tenant[]
  /** An event that waits for longer is listed, in milliseconds. Default: a minute. */
  readonly stuckAfterMs?: number
  /** Milliseconds since 1970. */
  readonly now?: () => number
}

export const waitingFilters = createFilters('/waiting', tenants => z.object({ tenant: tenantAmong(tenants) }))

/** `/waiting`: events that wait too long, connections that are paused, queues that nobody works on. */
export function addWaitingPage(app: FastifyInstance, options: WaitingPageOptions): void {
  const { stuckAfterMs = STUCK_AFTER_MS, now = Date.now } = options
  app.get('/waiting', async (request, reply) => {
    const language = languageOf(request)
    const { title, intro } = waitingTexts[language]
    const visible = options.tenants.filter(({ name }) => maySee(request.user, name))
    const filters = waitingFilters.read(request.query, visible)
    const shown = visible.filter(({ name }) => filters.tenant === undefined || name === filters.tenant)
    const view: WaitingView = {
      language,
      now: now(),
      limitMs: stuckAfterMs,
      user: request.user,
      deps: options,
      next: addressOf(request),
      isOperator: request.user?.role === 'operator',
    }
    const check = await readCheckResult({ redis: options.redis, tenants: visible }, request, view)
    const found = await Promise.all(shown.map(tenant => readWaitingTenant(options, tenant, view)))
    return sendPage(reply, {
      language,
      title,
      refreshes: check?.isChecking === true ? 'soon' : true,
      body: html`<h1>${title}</h1>
        ${check?.notice}
        <p class="soft">${intro(formatDuration(stuckAfterMs, language))}</p>
        ${waitingFilters.form(filters, language, { tenant: tenantChoices(visible) })}
        ${await renderTenants(found, view)}`,
    })
  })
}

interface WaitingView extends QueueView, ConnectionView {
  readonly deps: ConnectionView['deps'] & WaitingDeps
}

/**
 * A single tenant is shown in full. Of several, those where something is held up come first, each in a few lines. The others are folded,
 * and their names lead to the full view.
 */
async function renderTenants(found: readonly WaitingTenant[], view: WaitingView): Promise<Html> {
  const words = waitingTexts[view.language]
  const [only, ...more] = found
  if (only === undefined) return html`<p>${commonTexts[view.language].noTenant}</p>`
  if (more.length === 0) return await renderWhole(only, view)
  const withoutWorkers = isWithoutWorkers(found)
  const queuesOf = new Map(
    found.map(tenant => [tenant, heldUpQueues(tenant, { limitMs: view.limitMs, withoutWorkers })]),
  )
  const isFine = (tenant: WaitingTenant): boolean =>
    queuesOf.get(tenant)?.length === 0 && tenant.connections.every(({ state }) => state === 'ok')
  const others = found.filter(isFine)
  const heldUp = found.filter(tenant => !isFine(tenant))
  return html`${withoutWorkers ? html`<p class="notice" role="alert">${words.noWorkerAtAll}</p>` : undefined}
  ${
    heldUp.length === 0
      ? html`<p class="good">${words.allUpToDate}</p>`
      : await Promise.all(heldUp.map(tenant => renderHeldUp(tenant, queuesOf.get(tenant) ?? [], view)))
  }
  ${
    others.length === 0
      ? undefined
      : html`<details>
          <summary>${words.upToDate(others.length)}</summary>
          <ul class="names">
            ${others.map(tenant => renderName(tenant, view))}
          </ul>
        </details>`
  }`
}

async function renderWhole(found: WaitingTenant, view: WaitingView): Promise<Html> {
  return html`<section>
    <h2>${found.tenant.name}</h2>
    ${renderProblems(found, view)} ${renderTable(found, view)} ${await renderEvents(found, view)}
  </section>`
}

async function renderHeldUp(found: WaitingTenant, queues: WaitingTenant['queues'], view: WaitingView): Promise<Html> {
  const { name } = found.tenant
  const { allQueues } = waitingTexts[view.language]
  return html`<section class="card" aria-label="${name}">
    <h2>${name}</h2>
    ${renderProblems(found, view)} ${queues.map(queue => renderLine(queue, found, view))}
    <p class="tight"><a href="/waiting?tenant=${name}">${allQueues}</a></p>
  </section>`
}

const renderProblems = ({ tenant, connections }: WaitingTenant, view: WaitingView): readonly Html[] =>
  connections.flatMap(each => (each.state === 'ok' ? [] : [renderProblem(each, tenant, view)]))

/** The events that have waited longest, and those that come next. */
async function renderEvents({ queues }: WaitingTenant, view: WaitingView): Promise<readonly Html[]> {
  const parts = await Promise.all(
    queues.map(async queue => [
      renderLongest(queue, view),
      renderDelayed(queue, await readDelayed(view.deps, queue.queueRef), view),
    ]),
  )
  return parts.flat().filter(part => part !== undefined)
}

/** A tenant where nothing is held up, and how much it has to do. */
function renderName({ tenant, queues }: WaitingTenant, { language }: WaitingView): Html {
  const words = waitingTexts[language]
  const sum = (
    count: (snapshot: NonNullable<WaitingTenant['queues'][number]['state']>['snapshot']) => number,
  ): number => queues.reduce((all, { state }) => all + (state === undefined ? 0 : count(state.snapshot)), 0)
  const waiting = sum(({ startable }) => startable)
  const delayed = sum(({ later }) => later)
  const facts = [
    ...(waiting === 0 ? [] : [words.waitingCount(waiting, undefined)]),
    ...(delayed === 0 ? [] : [`${delayed} ${words.delayed.toLowerCase()}`]),
  ]
  return html`<li>
    <a href="/waiting?tenant=${tenant.name}">${tenant.name}</a> <span class="soft">${facts.join(' · ')}</span>
  </li>`
}
