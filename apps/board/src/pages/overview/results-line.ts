import { textIn } from '@ponte/contracts'
import { type MeasureName, measures, type PeriodReport, shownFigure, sumSpans } from '@ponte/operations'
import { html, type Html } from '../../ui/html.ts'
import { resultsFilters } from '../results/filters.ts'
import { overviewFilters, type OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

const shown = [
  'leadsCreated',
  'opportunities',
  'sales',
  'saleValue',
  'losses',
] as const satisfies readonly MeasureName[]

/** What came of the leads in one line, and where there is more of it. */
export function renderResultsLine(
  report: PeriodReport | undefined,
  { language, filters }: OverviewView,
): Html | undefined {
  if (report === undefined) return undefined
  const words = overviewTexts[language]
  const total = sumSpans(report.tenants.map(({ total: own }) => own))
  const parts = shown.map(name => `${textIn(measures[name], language)}: ${shownFigure(name, total, language)}`)
  return html`<section class="card" aria-labelledby="results">
    <h2 id="results"><a href="${resultsFilters.address({ tenant: filters.tenant })}">${words.results}</a></h2>
    <p>${parts.join(' · ')}</p>
    <p class="tight"><a href="${overviewFilters.address(filters, { at: '/report.csv' })}">${words.csv}</a></p>
  </section>`
}
