import { type StateSentence, stateSentence } from '@ponte/report'
import { isFromUnnamedProxy } from '@ponte/runtime'
import type { FastifyInstance } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { readFilters, renderFilters } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'
import { renderResults } from '../report/results.ts'
import { renderCauses } from './causes.ts'
import { renderConnections } from './connections.ts'
import { renderEvents } from './events-chart.ts'
import { renderFigures } from './figures.ts'
import { readOverview } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** `/`, where the board opens: how the bridge stands, what needs somebody with the button for it, and what came over it. */
export function addOverviewPage(app: FastifyInstance, every: BoardDeps & { readonly now?: () => number }): void {
  app.get('/', async (request, reply) => {
    const { user } = request
    const deps = depsFor(every, user)
    const language = languageOf(request)
    const now = every.now?.() ?? Date.now()
    const filters = readFilters(request.query, deps.tenants)
    const { bridge, report, causes } = await readOverview(deps, request, { filters, now })
    const view = { language, user, filters, causes, now }
    const choices = { tenants: deps.tenants.map(({ name }) => name), periods: true }
    const { title, unnamedProxy } = overviewTexts[language]
    // An operator's own browser sends no such headers, so a proxy has added them.
    const isWarned = user?.role === 'operator' && isFromUnnamedProxy(request)
    const body = html`<h1 class="unseen">${title}</h1>
      ${renderSentence(stateSentence(bridge, language))}
      ${isWarned ? html`<p class="notice warning" role="alert">${unnamedProxy}</p>` : undefined}
      ${renderFilters('/', filters, choices, language)} ${renderFigures(bridge, report, view)}
      <div class="beside">${renderEvents(bridge, report, view)} ${renderConnections(bridge, view)}</div>
      ${renderCauses(bridge, view)} ${renderResults(report, language)}`
    return sendPage(reply, { language, title, body, refreshes: true })
  })
}

const renderSentence = ({ tone, headline, detail }: StateSentence): Html =>
  html`<div class="card sentence ${tone}" role="status">
    <p><strong>${headline}</strong></p>
    ${detail === '' ? undefined : html`<p class="soft">${detail}</p>`}
  </div>`
