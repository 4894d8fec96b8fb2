import type { Language } from '@ponte/contracts'
import {
  mostTenantsOf,
  readResults,
  reportCsvStream,
  resultFigures,
  type Results,
  type ResultsPeriod,
  resultsPeriods,
  readersOf,
  roles,
  createOneByOne,
} from '@ponte/operations'
import { hiddenFields, html, type Html, renderOptions, trustedHtml } from '../../ui/html.ts'
import { action, type Asked, page } from '../../ui/board-page.ts'
import { timeZone } from '../../ui/moment.ts'
import { readResultsFilters, type ResultsFilters, resultsFilters } from '../../filters/page-filters.ts'
import { renderResults } from './render.ts'
import { resultsTexts } from './texts.ts'

/** Results are read of one request at a time, of the page and of the file. */
const inTurn = createOneByOne()

const filters = { read: readResultsFilters }

/** What the address asks for. `too much`: too many tenants and days to be read at once. Rejects when Redis does not answer. */
async function read({
  deps,
  filters: { tenant, ...asked },
  user,
  now,
}: Asked<ResultsFilters>): Promise<Results | 'too much'> {
  const { redis, tenants, keptFigures: kept } = deps
  const shown = tenants.filter(({ name }) => tenant === undefined || tenant === name)
  if (shown.length > mostTenantsOf(asked)) return 'too much'
  const { range, before } = asked
  const options = { range, before, now, timeZone: timeZone(), readers: readersOf(user), kept }
  return await inTurn(() => readResults(redis, shown, options))
}

/** `/results.csv`: the same as a file. */
const resultsCsv = action({
  ...{ method: 'GET', path: '/results.csv', roles, filters },
  async run(asked) {
    const { language } = asked
    const results = await read(asked)
    if (results === 'too much') return { status: 422, text: resultsTexts[language].tooMuch }
    const { range, tenant } = asked.filters
    const file = ['ponte', ...(tenant === undefined ? [] : [tenant]), range.from, range.to].join('-')
    return { file, csv: reportCsvStream(results, { language, figures: resultFigures }) }
  },
})

/** `/results`: what the leads brought, beside the days before. The only page of a manager. */
export const resultsPage = page({
  path: '/results',
  roles,
  title: { en: 'Results', pt: 'Resultados' },
  menu: {},
  filters,
  read: asked => read(asked).catch(() => undefined),
  render(results, { deps: { tenants }, filters, language, title }) {
    const { tooMuch } = resultsTexts[language]
    const shown =
      results === 'too much'
        ? html`<p class="notice warning" role="alert">${tooMuch}</p>`
        : renderResults(results, { filters, language })
    const names = tenants.map(({ name }) => name)
    const body = html`<h1>${title}${filters.tenant === undefined ? '' : ` · ${filters.tenant}`}</h1>
      ${renderChoices(filters, names, language)} ${shown}`
    return { body }
  },
  actions: [resultsCsv],
})

/** Periods as links, so that each is one click; the tenants, and days of somebody's own choice, which are sent together. */
function renderChoices(filters: ResultsFilters, tenants: readonly string[], language: Language): Html {
  const words = resultsTexts[language]
  const { tenant, period, range } = filters
  const hasTenants = tenants.length > 1
  const link = (each: ResultsPeriod): Html =>
    html`<a
      href="${resultsFilters.address({ tenant, period: each })}"
      ${trustedHtml(each === period ? 'aria-current="true"' : '')}
      >${words.periods[each]}</a
    > `
  return html`<nav class="periods" aria-label="${words.period}">${resultsPeriods.map(link)}</nav>
    <form class="dates" method="get" action="/results" aria-label="${words.choices}">
      ${hiddenFields(resultsFilters.fieldsOf({ period, tenant: hasTenants ? undefined : tenant }))}
      ${hasTenants ? renderTenants(filters, tenants, language) : undefined}
      <label>${words.from} <input type="date" name="from" value="${range.from}" required /></label>
      <label>${words.to} <input type="date" name="to" value="${range.to}" required /></label>
      <button class="quiet" type="submit">${words.show}</button>
    </form>`
}

function renderTenants(filters: ResultsFilters, tenants: readonly string[], language: Language): Html {
  const words = resultsTexts[language]
  const choices = ['', ...tenants].map(value => ({ value, text: value || words.allTenants }))
  return html`<label
    >${words.tenant}
    <select name="tenant">
      ${renderOptions(choices, filters.tenant)}
    </select></label
  >`
}
