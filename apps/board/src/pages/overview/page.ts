import { textIn } from '@ponte/contracts'
import {
  type BridgeState,
  type Cause,
  causeTitle,
  formatStart,
  type MeasureName,
  measures,
  type Period,
  type PeriodReport,
  shownFigure,
  spanHeading,
  stateSentence,
  type StateSentence,
  sumSpans,
  readReport,
  reportCsvStream,
  readersOf,
} from '@ponte/operations'
import { isFromUnnamedProxy } from '@ponte/runtime'
import { chosenTenants, tenantChoices, failureFilters, overviewFilters, resultsFilters } from '../../filters/filters.ts'
import { formatCount } from '../../ui/common-texts.ts'
import { html, type Html, inlineCode } from '../../ui/html.ts'
import { page, action } from '../../ui/board-page.ts'
import {
  renderConnections,
  renderFigures,
  renderQuota,
  renderDrift,
  renderModes,
  renderProcesses,
  renderReconciled,
  type OverviewView,
  readOverview,
} from './render.ts'
import { restActions } from './rest.ts'
import { overviewTexts } from './texts.ts'
import { ago, timeZone } from '../../ui/moment.ts'
import { readCheckResult } from '../../ui/parts/check-result.ts'
import { asHeading, renderTenants } from '../../ui/parts/failure-parts.ts'
import { stackedBars } from '../../ui/charts.ts'

/** `/report.csv?tenant=&period=`: what was counted, as a file for a spreadsheet. Without a tenant it holds all that the user may see. */
const reportCsv = action({
  ...{ method: 'GET', path: '/report.csv', filters: overviewFilters },
  async run({ deps, filters: { tenant, period }, language, user, now }) {
    const shown = chosenTenants(deps.tenants, tenant)
    const asked = { period, now, timeZone: timeZone(), readers: readersOf(user), kept: deps.keptFigures }
    const report = await readReport(deps.redis, shown, asked)
    const file = ['ponte', ...(tenant === undefined ? [] : [tenant]), period].join('-')
    return { file, csv: reportCsvStream(report, { language }) }
  },
})

/** `/`, where the board opens: how the bridge stands, what needs somebody with the button for it, and what came over it. */
export const overviewPage = page({
  path: '/',
  title: { en: 'Overview', pt: 'Visão geral' },
  menu: {},
  filters: overviewFilters,
  async read(asked) {
    const check = await readCheckResult(asked.deps, asked.request, asked)
    return { check, ...(await readOverview(asked)), isBehindUnnamedProxy: isFromUnnamedProxy(asked.request) }
  },
  render({ check, bridge, report, causes, isBehindUnnamedProxy }, view) {
    const { deps, filters, language, title, user } = view
    const form = overviewFilters.form(filters, language, { tenant: tenantChoices(deps.tenants) })
    const { unnamedProxy } = overviewTexts[language]
    // An operator's own browser sends no such headers, so a proxy has added them.
    const isWarned = user.role === 'operator' && isBehindUnnamedProxy
    const body = html`<h1 class="unseen">${title}</h1>
      ${check?.notice} ${renderSentence(stateSentence(bridge, language))} ${renderProcesses(bridge, view)}
      ${renderModes(bridge, view)}
      ${isWarned ? html`<p class="notice warning" role="alert">${unnamedProxy}</p>` : undefined} ${form}
      ${renderFigures({ bridge, report, causes }, view)} ${renderDrift(bridge, view)} ${renderReconciled(bridge, view)}
      <div class="beside">${renderEvents(bridge, report, view)} ${renderConnections(bridge, view)}</div>
      ${renderCauses(bridge, causes, view)} ${renderResultsLine(report, view)} ${renderQuota(report, view)}`
    return { body, refreshes: check?.isChecking === true ? 'soon' : true }
  },
  actions: [reportCsv, ...restActions],
})

const renderSentence = ({ tone, headline, detail }: StateSentence): Html =>
  html`<div class="card sentence ${tone}" role="status">
    <p><strong>${headline}</strong></p>
    ${detail === '' ? undefined : html`<p class="soft">${detail}</p>`}
  </div>`

/** The others are on the page of failures. */
const MAX_SHOWN = 5

/** The causes of most failures, each with its tenants and their events, when they came, and where they are retried. */
function renderCauses({ failed }: BridgeState, causes: readonly Cause[], view: OverviewView): Html | undefined {
  const { language, filters } = view
  const words = overviewTexts[language]
  if (failed === 0 || causes.length === 0) return undefined
  const others = causes.length - MAX_SHOWN
  return html`<section class="card what-failed" aria-labelledby="what-failed">
    <h2 id="what-failed">${words.whatFailed}</h2>
    <ul class="rows">
      ${causes.slice(0, MAX_SHOWN).map(cause => renderCause(cause, view))}
    </ul>
    ${
      others > 0
        ? html`<p>
            <a href="${failureFilters.address({ tenant: filters.tenant })}">${words.otherCauses(others)}</a>
          </p>`
        : undefined
    }
  </section>`
}

function renderCause(cause: Cause, view: OverviewView): Html {
  const { code, count, last } = cause
  const { language, user, now, filters } = view
  const words = overviewTexts[language]
  const tenants = renderTenants(cause, { language, filters: {} })
  const title = asHeading(causeTitle(cause, language).title)
  const href = failureFilters.address({ tenant: filters.tenant, code })
  return html`<li>
    <strong class="count">${formatCount(count, language)}</strong>
    <span class="what"
      ><strong>${title}</strong>
      <span class="soft">${tenants.map(tenant => html`${tenant} · `)}${ago(last, language, now)}</span></span
    >
    <a class="button" href="${href}" aria-label="${user.role === 'operator' ? words.fix : words.see}: ${title}"
      >${user.role === 'operator' ? words.fix : words.see}</a
    >
  </li>`
}

/** How many bars share a tick, so that ticks have room on a phone. */
const barsByTick: Readonly<Record<Period, number>> = { '24h': 4, '7d': 1, '30d': 5 }

/** What was delivered and what failed, by hour or by day. Without any event it says what to do. */
function renderEvents(
  { failed, waiting, tenants }: BridgeState,
  report: PeriodReport | undefined,
  { language, user }: OverviewView,
): Html {
  const words = overviewTexts[language]
  if (report === undefined) return html`<section class="card events"><p class="bad">${words.noFigures}</p></section>`
  const { period } = report
  const areInShadow = tenants.length > 0 && tenants.every(({ mode }) => mode.mode === 'shadow')
  const hint = (areInShadow ? words.inShadow : words.toBegin)[user.role === 'operator' ? 'operator' : 'viewer']
  const spans = report.tenants[0]?.spans ?? []
  const bars = spans.map(({ start }, index) => {
    const all = report.tenants.flatMap(tenant => tenant.spans[index] ?? [])
    const sum = sumSpans(all)
    const count = (...names: readonly MeasureName[]): number =>
      names.reduce((many, name) => many + (measures[name].of(sum) ?? 0), 0)
    const counts = [count('delivered'), count('failures', 'quarantined'), count('removed')]
    return { name: formatStart(start, report, language), counts }
  })
  const areRemoved = bars.some(({ counts }) => (counts[2] ?? 0) > 0)
  if (bars.every(({ counts }) => counts.every(count => count === 0)))
    return html`<section class="card events">
      <p><strong>${words.noEvents[period]}</strong></p>
      ${failed + waiting > 0 && !areInShadow ? undefined : html`<p class="soft">${inlineCode(hint)}</p>`}
      ${failed + waiting > 0 || areInShadow ? undefined : html`<p><a href="/connections">${words.toSetUp}</a></p>`}
    </section>`
  return html`<section class="card events">
    ${stackedBars({
      title: words.events[period],
      bars,
      barsByTick: barsByTick[period],
      span: report.span,
      language,
      layers: [
        { name: words.layers.delivered, tone: 'good' },
        { name: words.layers.failed, tone: 'bad' },
        ...(areRemoved ? [{ name: words.layers.removed, tone: 'second' } as const] : []),
      ],
      words: { time: spanHeading(report, language), asTable: words.asTable },
      format: count => formatCount(count, language),
    })}
  </section>`
}

const shownResults = [
  'leadsCreated',
  'opportunities',
  'sales',
  'saleValue',
  'losses',
] as const satisfies readonly MeasureName[]

/** What came of the leads in one line, and where there is more of it. */
function renderResultsLine(report: PeriodReport | undefined, { language, filters }: OverviewView): Html | undefined {
  if (report === undefined) return undefined
  const words = overviewTexts[language]
  const total = sumSpans(report.tenants.map(({ total: own }) => own))
  const parts = shownResults.map(name => `${textIn(measures[name], language)}: ${shownFigure(name, total, language)}`)
  return html`<section class="card" aria-labelledby="results">
    <h2 id="results"><a href="${resultsFilters.address({ tenant: filters.tenant })}">${words.results}</a></h2>
    <p>${parts.join(' · ')}</p>
    <p class="tight"><a href="${overviewFilters.address(filters, { at: '/report.csv' })}">${words.csv}</a></p>
  </section>`
}
