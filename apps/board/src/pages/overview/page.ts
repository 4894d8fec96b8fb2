import type { FastifyInstance } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { readFilters, renderFilters } from '../../ui/filters.ts'
import { html } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { sendPage } from '../../ui/page.ts'
import { readResults } from '../report/results.ts'
import { overviewTexts } from './texts.ts'

/** `/`: where the board opens. */
export function addOverviewPage(app: FastifyInstance, every: BoardDeps): void {
  app.get('/', async (request, reply) => {
    const deps = depsFor(every, request.user)
    const language = languageOf(request)
    const { title } = overviewTexts[language]
    const filters = readFilters(request.query, deps.tenants)
    const tenants = deps.tenants.map(({ name }) => name)
    const body = html`<h1>${title}</h1>
      ${renderFilters('/', filters, { tenants, periods: true }, language)} ${await readResults(deps, filters, language)}`
    return sendPage(reply, { language, title, body, refreshes: true })
  })
}
