import { formatDuration } from '@ponte/runtime'
import { isImpaired, readWaiting, STUCK_AFTER_MS, type Waiting, type WaitingTenant } from '@ponte/operations'
import { tenantChoices } from '../../filters/filters.ts'
import { waitingFilters } from '../../filters/page-filters.ts'
import { commonTexts } from '../../ui/common-texts.ts'
import { html, type Html } from '../../ui/html.ts'
import { page } from '../../ui/board-page.ts'
import { addressOf } from '../../ui/shell.ts'
import { waitingTexts } from './texts.ts'
import { readCheckResult } from '../../ui/parts/check-result.ts'
import { type ConnectionView, renderProblem } from '../../ui/parts/connection-problem.ts'
import { type QueueView, renderLine, renderLongest, renderNext, renderTable } from './render-queues.ts'

/** `/waiting`: events that wait too long, connections that are paused, queues that nobody works on. */
export const waitingPage = page({
  path: '/waiting',
  title: { en: 'Waiting', pt: 'Em espera' },
  menu: { counts: 'waiting' },
  filters: waitingFilters,
  async read({ deps, filters, language, user, now, request }) {
    const { stuckAfterMs: limitMs = STUCK_AFTER_MS, tenants } = deps
    const shown = tenants.filter(({ name }) => filters.tenant === undefined || name === filters.tenant)
    const check = await readCheckResult(deps, request, { language, now })
    return { limitMs, check, found: await readWaiting(deps, shown, { user, language, now, limitMs }) }
  },
  render({ limitMs, check, found }, { deps, filters, language, title, user, now, request }) {
    const { intro } = waitingTexts[language]
    const isOperator = user.role === 'operator'
    const view = { language, now, limitMs, user, deps, next: addressOf(request), isOperator }
    const body = html`<h1>${title}</h1>
      ${check?.notice}
      <p class="soft">${intro(formatDuration(limitMs, language))}</p>
      ${waitingFilters.form(filters, language, { tenant: tenantChoices(deps.tenants) })} ${renderTenants(found, view)}`
    return { body, refreshes: check?.isChecking === true ? 'soon' : true }
  },
})

interface WaitingView extends QueueView, ConnectionView {}

/**
 * A single tenant is shown in full. Of several, those where something is held up come first, each in a few lines. The others are folded,
 * and their names lead to the full view.
 */
function renderTenants({ tenants, isWithoutWorkers }: Waiting, view: WaitingView): Html {
  const words = waitingTexts[view.language]
  const [only, ...more] = tenants
  if (only === undefined) return html`<p>${commonTexts[view.language].noTenant}</p>`
  if (more.length === 0) return renderWhole(only, view)
  const others = tenants.filter(each => !each.isHeldUp)
  const heldUp = tenants.filter(each => each.isHeldUp)
  return html`${isWithoutWorkers ? html`<p class="notice" role="alert">${words.noWorkerAtAll}</p>` : undefined}
  ${
    heldUp.length === 0
      ? html`<p class="good">${words.allUpToDate}</p>`
      : heldUp.map(tenant => renderHeldUp(tenant, view))
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

function renderWhole(found: WaitingTenant, view: WaitingView): Html {
  const { name } = found.tenant
  return html`<section>
    <h2>${name}</h2>
    ${renderProblems(found, view)} ${renderTable(found, view)}
    ${found.queues.flatMap(queue => [renderLongest(queue, view) ?? [], renderNext(queue, view) ?? []].flat())}
  </section>`
}

function renderHeldUp(found: WaitingTenant, view: WaitingView): Html {
  const { name } = found.tenant
  const { allQueues } = waitingTexts[view.language]
  return html`<section class="card" aria-label="${name}">
    <h2>${name}</h2>
    ${renderProblems(found, view)}
    ${found.queues.filter(queue => queue.isHeldUp).map(queue => renderLine(found, queue, view))}
    <p class="tight"><a href="/waiting?tenant=${name}">${allQueues}</a></p>
  </section>`
}

const renderProblems = ({ tenant, connections }: WaitingTenant, view: WaitingView): readonly Html[] =>
  connections.filter(isImpaired).map(each => renderProblem(each, tenant, view))

/** A tenant where nothing is held up, and how much it has to do. */
function renderName({ tenant, queues }: WaitingTenant, { language }: WaitingView): Html {
  const words = waitingTexts[language]
  const [waiting, delayed] = (['startable', 'later'] as const).map(count =>
    queues.reduce((all, { held }) => all + (held?.[count] ?? 0), 0),
  )
  const facts = [
    ...(waiting ? [words.waitingCount(waiting, undefined)] : []),
    ...(delayed ? [`${delayed} ${words.delayed.toLowerCase()}`] : []),
  ]
  return html`<li>
    <a href="/waiting?tenant=${tenant.name}">${tenant.name}</a> <span class="soft">${facts.join(' · ')}</span>
  </li>`
}
