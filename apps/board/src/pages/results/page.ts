import { type Language, textIn } from '@ponte/contracts'
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
  type BreakdownName,
  breakdowns,
  type DayRange,
  formatFigure,
  formatStart,
  type MeasuredSpan,
  type MeasureName,
  measureNames,
  measures,
  nameIn,
  namesOf,
  shownChange,
  shownFigure,
  spanHeading,
  sumSpans,
  lossesByDay,
  type Unit,
} from '@ponte/operations'
import { hiddenFields, html, type Html, renderOptions, trustedHtml, inlineCode } from '../../ui/html.ts'
import { action, type PageRequest, page } from '../../ui/board-page.ts'
import { timeZone } from '../../ui/moment.ts'
import { chosenTenants, readResultsFilters, type ResultsFilters, resultsFilters } from '../../filters/filters.ts'
import { resultsTexts } from './texts.ts'
import { renderRanking, stackedBars, type ChartPart, plainTones, type TableColumn } from '../../ui/charts.ts'
import { renderTable } from '../../ui/page.ts'

/** Results are read of one request at a time, of the page and of the file. */
const inTurn = createOneByOne()

const filters = { read: readResultsFilters }

/** What the address asks for. `too much`: too many tenants and days to be read at once. Rejects when Redis does not answer. */
async function read({
  deps,
  filters: { tenant, ...asked },
  user,
  now,
}: PageRequest<ResultsFilters>): Promise<Results | 'too much'> {
  const { redis, tenants, keptFigures: kept } = deps
  const shown = chosenTenants(tenants, tenant)
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
      ${hasTenants ? renderTenantChoice(filters, tenants, language) : undefined}
      <label>${words.from} <input type="date" name="from" value="${range.from}" required /></label>
      <label>${words.to} <input type="date" name="to" value="${range.to}" required /></label>
      <button class="quiet" type="submit">${words.show}</button>
    </form>`
}

function renderTenantChoice(filters: ResultsFilters, tenants: readonly string[], language: Language): Html {
  const words = resultsTexts[language]
  const choices = ['', ...tenants].map(value => ({ value, text: value || words.allTenants }))
  return html`<label
    >${words.tenant}
    <select name="tenant">
      ${renderOptions(choices, filters.tenant)}
    </select></label
  >`
}

/** One picture of results by day. */
interface ResultsChart {
  readonly title: string
  /** What is said instead when there is nothing to show. */
  readonly none: string
  readonly unit: Unit
  readonly parts: readonly ChartPart[]
  /** The columns of its table. Default: the parts. */
  readonly columns?: readonly TableColumn[]
}

/** The pictures of some days in the order in which they are shown. */
function resultsCharts(days: readonly MeasuredSpan[], language: Language): readonly ResultsChart[] {
  const words = resultsTexts[language]
  const nameOf = (name: MeasureName): string => textIn(measures[name], language)
  const valuesOf = (name: MeasureName): readonly number[] => days.map(day => measures[name].of(day) ?? 0)
  const column = (name: MeasureName) => ({
    name: nameOf(name),
    texts: days.map(day => shownFigure(name, day, language)),
  })
  return [
    {
      title: nameOf('leadsCreated'),
      none: words.none.leads,
      unit: 'count',
      parts: [{ name: nameOf('leadsCreated'), tone: 'first', values: valuesOf('leadsCreated') }],
      columns: [column('leadsCreated'), column('defaultUser')],
    },
    {
      title: nameOf('opportunities'),
      none: words.none.opportunities,
      unit: 'count',
      parts: [{ name: nameOf('opportunities'), tone: 'first', values: valuesOf('opportunities') }],
    },
    {
      title: nameOf('saleValue'),
      none: words.none.sales,
      unit: 'money',
      parts: [{ name: nameOf('saleValue'), tone: 'good', values: valuesOf('saleValue') }],
      columns: [column('sales'), column('saleValue')],
    },
    { title: nameOf('losses'), none: words.none.losses, unit: 'count', parts: lossParts(days, language) },
  ]
}

function lossParts(days: readonly MeasuredSpan[], language: Language): readonly ChartPart[] {
  const { named, others } = lossesByDay(days, plainTones.length - 1)
  const parts = named.flatMap(({ name, counts: values }, index) => {
    const tone = plainTones[index]
    return tone === undefined ? [] : [{ name: nameIn(name, language), tone, values }]
  })
  const hasOthers = others.some(count => count > 0) || named.length === 0
  return hasOthers ? [...parts, { name: resultsTexts[language].otherReasons, tone: 'soft', values: others }] : parts
}

interface View {
  readonly filters: ResultsFilters
  readonly language: Language
}

/** The results of the chosen days. Without any, because Redis did not answer, it says so. */
function renderResults(results: Results | undefined, view: View): Html {
  const { filters, language } = view
  const words = resultsTexts[language]
  if (results === undefined) return html`<p class="notice" role="alert">${words.unreadable}</p>`
  const { before } = filters
  const range = rangeText(filters.range, language)
  const spans = daysOf(results)
  const charts = resultsCharts(spans, language)
  const isEmpty = isNothing(results.total) && isNothing(results.formerTotal)
  return html`<p class="soft">
      ${before === undefined ? words.notCompared(range) : words.compared(range, rangeText(before, language))}
      ${before !== undefined && filters.hasToday ? words.unfinished : undefined}
    </p>
    ${renderFunnel(results, language)}
    ${isEmpty ? html`<p class="notice warning">${inlineCode(words.nothing[results.readers])}</p>` : undefined}
    ${renderDefaultUser(results.total, language)}
    ${results.tenants.length > 1 ? renderTenants(results, view) : undefined}
    ${
      isEmpty
        ? undefined
        : html`<div class="charts">
            ${charts.map(chart => renderChart(chart, spans, results, language))}
            ${rankings.map(name => renderNames(name, results, language))}
          </div>`
    }
    <p><a href="${resultsFilters.address(filters, { at: '/results.csv' })}">${words.csv}</a></p>`
}

const isNothing = (span: MeasuredSpan): boolean =>
  columns.every(name => (measures[name].of(span) ?? 0) === 0) &&
  rankings.every(name => Object.keys(breakdowns[name].of(span.figures)).length === 0)

/** The days of all tenants together. */
const daysOf = ({ tenants }: Results) =>
  (tenants[0]?.spans ?? []).map(({ start, end }, index) => ({
    ...{ start, end },
    ...sumSpans(tenants.flatMap(({ spans }) => spans[index] ?? [])),
  }))

const rangeText = ({ from, to }: DayRange, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).formatRange(
    Date.parse(from),
    Date.parse(to),
  )

interface Step {
  readonly name: MeasureName
  /** A bar shows how many of the leads came so far. */
  readonly hasBar?: true
  /** What is said of it besides its change. */
  readonly more?: MeasureName
}

/** From the lead to the sale, and what is lost on the way. */
const steps: readonly Step[] = [
  { name: 'leadsCreated', hasBar: true },
  { name: 'opportunities', more: 'opportunityRate', hasBar: true },
  { name: 'sales', more: 'saleRate', hasBar: true },
  { name: 'saleValue', more: 'averageValue' },
  { name: 'losses' },
]

function renderFunnel(results: Results, language: Language): Html {
  const { total: now, formerTotal: before, before: formerDays } = results
  const words = resultsTexts[language]
  return html`<dl class="totals funnel">
    ${steps.map(({ name, more, hasBar = false }) => {
      const change = shownChange(name, { now, before }, language)
      return html`<div>
        <dt>${textIn(measures[name], language)}</dt>
        <dd>${shownFigure(name, now, language)}${hasBar ? renderBar(measures[name].of(now) ?? 0, now) : undefined}</dd>
        ${
          formerDays === undefined
            ? undefined
            : html`<dd class="soft">
                ${change === undefined ? undefined : html`<strong>${change}</strong> `}${words.before(shownFigure(name, before, language))}
              </dd>`
        }
        ${more === undefined ? undefined : renderMore(more, { now, before }, language)}
      </div>`
    })}
  </dl>`
}

/** As wide as the leads that came so far are a part of all leads. */
function renderBar(count: number, { figures: { leads } }: MeasuredSpan): Html {
  const width = leads.created === 0 ? 0 : Math.min(100, Math.round((count / leads.created) * 100))
  return html`<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
    <rect class="first" width="${width}" height="1" />
  </svg>`
}

function renderMore(
  name: MeasureName,
  spans: { readonly now: MeasuredSpan; readonly before: MeasuredSpan },
  language: Language,
): Html | undefined {
  if (measures[name].of(spans.now) === undefined) return undefined
  const change = shownChange(name, spans, language)
  return html`<dd class="soft">
    ${textIn(measures[name], language)}: <strong>${shownFigure(name, spans.now, language)}</strong>
    ${change === undefined ? undefined : `(${change})`}
  </dd>`
}

function renderDefaultUser({ figures: { defaultUser } }: MeasuredSpan, language: Language): Html | undefined {
  return defaultUser === 0
    ? undefined
    : html`<p class="notice warning">${resultsTexts[language].defaultUser(defaultUser)}</p>`
}

const columns = measureNames.filter(name => resultFigures.some(figure => figure === name))

/** A row for each tenant, those with the most leads first. Each leads to its own results. */
function renderTenants({ tenants }: Results, { filters, language }: View): Html {
  const leadsOf = ({ figures }: MeasuredSpan): number => figures.leads.created
  const sorted = tenants.toSorted((one, other) => leadsOf(other.total) - leadsOf(one.total))
  return renderTable(
    [resultsTexts[language].tenant, ...columns.map(name => textIn(measures[name], language))],
    sorted.map(({ tenant, total }) => [
      html`<a href="${resultsFilters.address({ ...filters, tenant })}">${tenant}</a>`,
      ...columns.map(name => ({ content: shownFigure(name, total, language), look: 'number' })),
    ]),
  )
}

/** Ticks that have room on a phone. */
const [FEWEST_TICKS, MAX_TICKS] = [3, 5]

/** How many bars share a tick: the ticks divide the bars evenly, or there is one at each end. */
function barsByTick(bars: number): number {
  const sizes = Array.from({ length: bars }, (_, index) => index + 1)
  const isEven = (size: number): boolean => bars % size === 0
  return sizes.find(size => isEven(size) && bars / size <= MAX_TICKS && bars / size >= FEWEST_TICKS) ?? bars
}

type Days = ReturnType<typeof daysOf>

function renderChart(chart: ResultsChart, days: Days, results: Results, language: Language): Html {
  const { title, none, unit, parts, columns: shown } = chart
  if (parts.every(({ values }) => values.every(value => value === 0))) return renderNone(title, none)
  return stackedBars({
    ...{ title, layers: parts, columns: shown, language, span: 'day' },
    hasEnded: (days.at(-1)?.end ?? 0) <= Date.now(),
    bars: days.map(({ start }, bar) => ({
      name: formatStart(start, results, language),
      counts: parts.map(({ values }) => values[bar] ?? 0),
    })),
    barsByTick: barsByTick(days.length),
    words: { time: spanHeading(results, language), asTable: resultsTexts[language].asTable },
    format: value => formatFigure(value, unit, language),
  })
}

const renderNone = (title: string, text: string): Html =>
  html`<figure class="chart">
    <figcaption><strong>${title}</strong></figcaption>
    <p class="soft">${text}</p>
  </figure>`

const rankings = ['conversionsByIdentifier', 'conversionsBySource', 'lossesByReason'] as const
const MAX_NAMES = 10

/** The most frequent names, beside their number before. */
function renderNames(name: BreakdownName, results: Results, language: Language): Html {
  const words = resultsTexts[language]
  const title = textIn(breakdowns[name], language)
  const found = namesOf(name, results)
  if (found.length === 0) return renderNone(title, words.noNames)
  const others = found.length - MAX_NAMES
  return renderRanking({
    title,
    rows: found.slice(0, MAX_NAMES).map(({ name: text, count: value, before }) => ({
      name: nameIn(text, language),
      value,
      more:
        results.before &&
        words.before(before === undefined ? words.fewerThanShared : formatFigure(before, 'count', language)),
    })),
    heads: [words.name, words.count],
    format: value => formatFigure(value, 'count', language),
    more: html`${others > 0 ? html`<p class="hint">${words.moreNames(others)}</p>` : undefined}
    ${results.readers === 'operators' ? undefined : html`<p class="hint">${words.sharedOnly}</p>`}`,
  })
}
