import { type Language, textIn } from '@ponte/contracts'
import {
  type FigureName,
  formatFigure,
  formatStart,
  type MeasuredSpan,
  type MeasureName,
  measures,
  nameIn,
  type Report,
  shownFigure,
  spanHeading,
  sumSpans,
  type TenantReport,
} from '@ponte/report'
import { commonTexts } from '../../ui/common-texts.ts'
import { html, type Html, inlineCode } from '../../ui/html.ts'
import { csvAddress } from './csv-file.ts'
import { reportTexts } from './texts.ts'
import { filteredAddress } from '../../ui/filters.ts'
import { renderTable } from '../../ui/page.ts'
import { type TenantChart, tenantCharts } from './tenant-charts.ts'
import { highestFirst } from '@ponte/state'
import { renderRanking } from '../../charts/ranking.ts'
import { stackedBars } from '../../charts/stacked-bars.ts'

/**
 * What became of the leads, for the overview. One tenant, because of the filters or because it is the only one, has pictures. Several have
 * a row each. Without a report, because Redis did not answer, it says so.
 */
export function renderResults(report: Report | undefined, language: Language): Html {
  if (report === undefined)
    return html`<h2>${reportTexts[language].title}</h2>
      <p class="notice" role="alert">${reportTexts[language].unreadable}</p>`
  const words = reportTexts[language]
  const [own, ...others] = report.tenants
  if (own === undefined) return html``
  const body =
    others.length === 0
      ? renderTenantFigures(report, own, language)
      : html`${renderTenantsTable(report, language)}
          <p><a href="${csvAddress({ period: report.period })}">${words.csvOfAll}</a></p>`
  return html`<section aria-labelledby="results">
    <h2 id="results">${words.title}${others.length === 0 ? ` · ${own.tenant}` : ''}</h2>
    ${body}
  </section>`
}

const columns = [
  'leadsCreated',
  'defaultUser',
  'opportunities',
  'sales',
  'saleValue',
  'losses',
  'contactsQuota',
  'eventsQuota',
] as const satisfies readonly MeasureName[]

/** A row for each tenant, those with the most leads first, and one for all. Each row leads to the tenant's pictures. */
function renderTenantsTable({ period, tenants }: Report, language: Language): Html {
  const words = reportTexts[language]
  const heads = columns.map(name => textIn(measures[name], language))
  const row = (head: Html, span: MeasuredSpan) => [
    head,
    ...columns.map(name => ({ content: shownFigure(name, span, language), look: 'number' })),
  ]
  const leadsOf = ({ figures }: MeasuredSpan): number => figures.leads.created
  const sorted = tenants.toSorted((one, other) => leadsOf(other.total) - leadsOf(one.total))
  return renderTable(
    [commonTexts[language].tenant, ...heads],
    [
      ...sorted.map(({ tenant, total }) =>
        row(html`<a href="${filteredAddress('/', { tenant, period })}">${tenant}</a>`, total),
      ),
      row(html`<strong>${words.all}</strong>`, sumSpans(tenants.map(({ total }) => total))),
    ],
  )
}

const MOST_IDENTIFIERS = 8
/** How many bars of each period share a tick. */
const barsByTick = { '24h': 6, '7d': 1, '30d': 6 } as const

/** What stands in a row above the pictures. */
const totals = [
  'leadsCreated',
  'opportunities',
  'sales',
  'saleValue',
  'losses',
] as const satisfies readonly MeasureName[]

interface Context {
  readonly report: Report
  readonly own: TenantReport
  readonly language: Language
}

/** The figures of one tenant: totals, then pictures by hour or day, each with its numbers and its CSV. */
function renderTenantFigures(report: Report, own: TenantReport, language: Language): Html {
  const words = reportTexts[language]
  const context = { report, own, language }
  const charts = tenantCharts(own, language)
  const { defaultUser, identifiers } = own.total.figures
  if (charts.every(isEmpty) && Object.keys(identifiers).length === 0)
    return html`<p class="notice warning">${inlineCode(words.nothing)}</p>`
  return html`<dl class="totals">
      ${totals.map(
        name =>
          html`<div>
            <dt>${textIn(measures[name], language)}</dt>
            <dd>${shownFigure(name, own.total, language)}</dd>
          </div>`,
      )}
    </dl>
    ${defaultUser === 0 ? undefined : html`<p class="notice warning">${words.defaultUser(defaultUser)}</p>`}
    <div class="charts">
      ${charts.map(chart => (isEmpty(chart) ? renderNone(chart.title, chart.none) : renderChart(chart, context)))}
      ${renderIdentifiers(context)}
    </div>
    <p><a href="${csvAddress({ tenant: own.tenant, period: report.period })}">${words.csvOfAll}</a></p>`
}

const isEmpty = ({ parts }: TenantChart): boolean => parts.every(({ values }) => values.every(value => value === 0))

const renderNone = (title: string, text: string): Html =>
  html`<figure class="chart">
    <figcaption><strong>${title}</strong></figcaption>
    <p class="soft">${text}</p>
  </figure>`

function renderChart(
  { title, figures, unit, parts, columns, reach, summary, hint }: TenantChart,
  { report, own, language }: Context,
): Html {
  const words = reportTexts[language]
  return stackedBars({
    title,
    columns,
    reach,
    summary,
    layers: parts,
    bars: own.spans.map(({ start }, bar) => ({
      name: formatStart(start, report, language),
      counts: parts.map(({ values }) => values[bar] ?? 0),
    })),
    barsByTick: barsByTick[report.period],
    span: report.period === '24h' ? 'hour' : 'day',
    language,
    words: { time: spanHeading(report, language), asTable: words.asTable },
    format: value => formatFigure(value, unit, language),
    more: html`${hint === undefined ? undefined : html`<p class="hint">${hint}</p>`}
    ${renderCsvLink(title, figures, { report, own, language })}`,
  })
}

function renderIdentifiers(context: Context): Html {
  const { report, own, language } = context
  const { identifiersTitle: title, identifier, conversions, none, sharedOnly } = reportTexts[language]
  const found = highestFirst(own.total.figures.identifiers)
  if (found.length === 0) return renderNone(title, none.identifiers)
  return renderRanking({
    title,
    rows: found.slice(0, MOST_IDENTIFIERS).map(([name, value]) => ({ name: nameIn(name, language), value })),
    heads: [identifier, conversions],
    format: value => formatFigure(value, 'count', language),
    more: html`${report.readers === 'operators' ? undefined : html`<p class="hint">${sharedOnly}</p>`}
    ${renderCsvLink(title, ['conversionsByIdentifier', 'conversionsBySource'], context)}`,
  })
}

/** All links say `CSV`, so each has a label that says what it holds. */
const renderCsvLink = (title: string, figures: readonly FigureName[], { report, own, language }: Context): Html =>
  html`<p class="tight">
    <a
      href="${csvAddress({ tenant: own.tenant, period: report.period }, figures)}"
      aria-label="${reportTexts[language].csvOf(title)}"
      >CSV</a
    >
  </p>`
