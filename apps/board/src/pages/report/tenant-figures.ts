import { type Language, textIn } from '@ponte/contracts'
import {
  type FigureName,
  formatFigure,
  formatStart,
  type MeasureName,
  measures,
  nameIn,
  type Report,
  type TenantReport,
} from '@ponte/report'
import { highestFirst } from '@ponte/state'
import { renderRanking } from '../../charts/ranking.ts'
import { stackedBars } from '../../charts/stacked-bars.ts'
import { type Html, html } from '../../ui/html.ts'
import { csvAddress } from './csv-address.ts'
import { shownFigure, type TenantChart, tenantCharts } from './tenant-charts.ts'
import { reportTexts } from './texts.ts'

const MOST_IDENTIFIERS = 8
/** Of 24 hours, 7 days and 30 days. */
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
export function renderTenantFigures(report: Report, own: TenantReport, language: Language): Html {
  const words = reportTexts[language]
  const context = { report, own, language }
  const charts = tenantCharts(own, language)
  const { defaultUser, identifiers } = own.total.figures
  if (charts.every(isEmpty) && Object.keys(identifiers).length === 0)
    return html`<p class="notice warning">${words.nothing}</p>`
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
    ...{ title, columns, reach, summary },
    layers: parts,
    bars: own.spans.map(({ start }, bar) => {
      const name = formatStart(start, report, language)
      return { name, tick: name, counts: parts.map(({ values }) => values[bar] ?? 0) }
    }),
    barsByTick: barsByTick[report.period],
    words: { time: report.period === '24h' ? words.hour : words.day, asTable: words.asTable },
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

/** All of them say `CSV`, so each has a name that says of what. */
const renderCsvLink = (title: string, figures: readonly FigureName[], { report, own, language }: Context): Html =>
  html`<p class="tight">
    <a
      href="${csvAddress({ tenant: own.tenant, period: report.period }, figures)}"
      aria-label="${reportTexts[language].csvOf(title)}"
      >CSV</a
    >
  </p>`
