import type { Language } from '@ponte/contracts'
import {
  dayAt,
  mostTenantsOf,
  readResults,
  reportCsvStream,
  resultFigures,
  type Results,
  type ResultsPeriod,
  resultsPeriods,
  readersOf,
  roles,
} from '@ponte/operations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { hiddenFields, html, type Html, trustedHtml } from '../../ui/html.ts'
import { languageOf } from '../../ui/language.ts'
import { timeZone } from '../../ui/moment.ts'
import { sendNotice, sendPage } from '../../ui/page.ts'
import { createOneByOne } from '../../ui/one-by-one.ts'
import { readResultsFilters, type ResultsFilters, resultsFilters } from './filters.ts'
import { renderResults } from './render.ts'
import { resultsTexts } from './texts.ts'

interface Asked {
  readonly filters: ResultsFilters
  /** Are there too many tenants and days to be read at once? */
  readonly isTooMuch: boolean
  readonly tenants: readonly string[]
  /** Rejects when Redis does not answer. */
  readonly read: () => Promise<Results>
}

/** `/results`: what the leads brought, beside the days before, and the same as a file. The only page of a manager. */
export function addResultsPage(app: FastifyInstance, every: BoardDeps): void {
  const oneByOne = createOneByOne()

  function askedBy(request: FastifyRequest): Asked {
    const { redis, tenants, keptFigures: kept } = depsFor(every, request.user)
    const now = every.now?.() ?? Date.now()
    const zone = timeZone()
    const filters = readResultsFilters(request.query, tenants, dayAt(now, zone))
    const shown = tenants.filter(({ name }) => filters.tenant === undefined || filters.tenant === name)
    const { range, before } = filters
    const asked = { range, before, now, timeZone: zone, readers: readersOf(request.user), kept }
    return {
      ...{ filters, tenants: tenants.map(({ name }) => name), isTooMuch: shown.length > mostTenantsOf(filters) },
      read: () => oneByOne(() => readResults(redis, shown, asked)),
    }
  }

  const config = { roles }
  app.get('/results', { config }, async (request, reply) => {
    const language = languageOf(request)
    const { filters, tenants, isTooMuch, read } = askedBy(request)
    const { title, tooMuch } = resultsTexts[language]
    const shown = isTooMuch
      ? html`<p class="notice warning" role="alert">${tooMuch}</p>`
      : renderResults(await read().catch(() => undefined), { filters, language })
    const body = html`<h1>${title}${filters.tenant === undefined ? '' : ` · ${filters.tenant}`}</h1>
      ${renderChoices(filters, tenants, language)} ${shown}`
    return sendPage(reply, { language, title, body })
  })

  app.get('/results.csv', { config }, async (request, reply) => {
    const language = languageOf(request)
    const { filters, isTooMuch, read } = askedBy(request)
    const { title, tooMuch } = resultsTexts[language]
    if (isTooMuch) return sendNotice(reply.code(422), { language, title, text: tooMuch })
    const results = await read()
    const { range, tenant } = filters
    const name = ['ponte', ...(tenant === undefined ? [] : [tenant]), range.from, range.to].join('-')
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}.csv"`)
      .header('content-language', language)
      .send(reportCsvStream(results, { language, figures: resultFigures }))
  })
}

/** Periods as links, so that each is one click; days of somebody's own choice; and the tenants. */
function renderChoices(filters: ResultsFilters, tenants: readonly string[], language: Language): Html {
  const words = resultsTexts[language]
  const { tenant, range } = filters
  const link = (period: ResultsPeriod): Html =>
    html`<a
      href="${resultsFilters.address({ tenant, period })}"
      ${trustedHtml(period === filters.period ? 'aria-current="true"' : '')}
      >${words.periods[period]}</a
    > `
  return html`<nav class="periods" aria-label="${words.period}">${resultsPeriods.map(link)}</nav>
    <div class="choices">
      <form class="dates" method="get" action="/results" aria-label="${words.ownDays}">
        ${hiddenFields(tenant === undefined ? {} : { tenant })}
        <label>${words.from} <input type="date" name="from" value="${range.from}" required /></label>
        <label>${words.to} <input type="date" name="to" value="${range.to}" required /></label>
        <button class="quiet" type="submit">${words.show}</button>
      </form>
      ${tenants.length < 2 ? undefined : renderTenants(filters, tenants, language)}
    </div>`
}

function renderTenants(filters: ResultsFilters, tenants: readonly string[], language: Language): Html {
  const words = resultsTexts[language]
  const option = (value: string, text: string): Html =>
    html`<option value="${value}" ${trustedHtml(value === (filters.tenant ?? '') ? 'selected' : '')}>${text}</option>`
  return html`<form class="dates" method="get" action="/results" aria-label="${words.tenant}">
    ${hiddenFields(resultsFilters.fieldsOf({ ...filters, tenant: undefined }))}
    <label
      >${words.tenant}
      <select name="tenant">
        ${option('', words.allTenants)} ${tenants.map(name => option(name, name))}
      </select></label
    >
    <button class="quiet" type="submit">${words.show}</button>
  </form>`
}
