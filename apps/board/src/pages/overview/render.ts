import {
  type BridgeState,
  type MeasuredSpan,
  measures,
  type PeriodReport,
  shownFigure,
  sumSpans,
  formatFigure,
  formatStart,
  type Period,
  spanHeading,
  bridgeOf,
  type Cause,
  causesOf,
  readBridge,
  readFailures,
  readReport,
  readersOf,
  driftWords,
  modeWords,
  oldCredentialWords,
  reconcileWords,
  refusedFileWords,
  seesAll,
  type Connection,
  connectionWords,
  isImpaired,
  needsPerson,
  refusedWords,
} from '@ponte/operations'
import { formatDuration } from '@ponte/runtime'
import { formatCount, commonTexts } from '../../ui/common-texts.ts'
import { type Html, html, inlineCode, buttonForm, hiddenFields } from '../../ui/html.ts'
import { chosenTenants, failureFilters, waitingFilters, type OverviewFilters } from '../../filters/filters.ts'
import { overviewTexts } from './texts.ts'
import { textIn, systemNames } from '@ponte/contracts'
import { stackedBars } from '../../ui/charts.ts'
import type { PageRequest, PageView } from '../../ui/board-page.ts'
import { timeZone } from '../../ui/moment.ts'
import { renderRestButtons } from './rest.ts'

/** What the overview shows. */
interface Overview {
  readonly bridge: BridgeState
  /** Undefined when Redis did not answer. */
  readonly report: PeriodReport | undefined
  readonly causes: readonly Cause[]
}

export type OverviewView = PageView<OverviewFilters>

/** Reads how the bridge stands now, and what was counted in the period. Never rejects. */
export async function readOverview({
  deps,
  filters,
  user,
  now,
  request,
}: PageRequest<OverviewFilters>): Promise<Overview> {
  const { redis } = deps
  const tenants = chosenTenants(deps.tenants, filters.tenant)
  const [bridge, report, failures] = await Promise.all([
    request.bridgeReading ?? readBridge(deps, { now }),
    readReport(redis, tenants, {
      period: filters.period,
      now,
      timeZone: timeZone(),
      readers: readersOf(user),
      kept: deps.keptFigures,
    }).catch(() => undefined),
    // Failures are those of this moment, whatever the period.
    readFailures({ ...deps, tenants }, user).then(
      reading => reading.failures,
      () => [],
    ),
  ])
  const names = tenants.map(({ name }) => name)
  return { bridge: bridgeOf(bridge, names), report, causes: causesOf(failures) }
}

interface Figure {
  readonly value: string
  readonly name: string
  readonly more: string
  readonly tone?: 'good' | 'bad' | 'warn' | undefined
  readonly href?: string
}

/** What was delivered in the period and how fast; what has failed and what waits at this moment. */
export function renderFigures({ bridge, report, causes }: Overview, view: OverviewView): Html {
  const all = report && sumSpans(report.tenants.map(({ total }) => total))
  const figures = [ofDelivered(all, view), ofFailed(bridge, causes, view), ofWaiting(bridge, view), ofTimes(all, view)]
  return html`<ul class="figures">
    ${figures.map(
      ({ value, name, more, tone, href }) =>
        html`<li class="card">
          <strong class="value ${tone}">${value}</strong>
          <span>${href === undefined ? name : html`<a href="${href}">${name}</a>`}</span>
          <span class="soft">${more}</span>
        </li>`,
    )}
  </ul>`
}

function ofDelivered(all: MeasuredSpan | undefined, { language, filters }: OverviewView): Figure {
  const words = overviewTexts[language]
  const name = words.delivered[filters.period]
  if (all === undefined) return { value: '?', name, more: words.unknown }
  const delivered = measures.delivered.of(all) ?? 0
  const hasEnded = measures.firstAttempt.of(all) !== undefined
  const more = hasEnded ? words.firstTry(shownFigure('firstAttempt', all, language)) : words.noneDelivered
  return { value: formatCount(delivered, language), name, more, ...(delivered > 0 && { tone: 'good' }) }
}

function ofFailed(
  { tenants, failed, quarantined }: BridgeState,
  causes: readonly Cause[],
  { language, filters }: OverviewView,
): Figure {
  const words = overviewTexts[language]
  const href = failureFilters.address({ tenant: filters.tenant })
  if (tenants.length === 0) return { value: '?', name: words.failed, more: words.unknown, href }
  const value = formatCount(failed, language)
  const more = failed === 0 ? words.noneFailed : words.causes(causes.length, quarantined)
  return { value, name: words.failed, more, tone: failed === 0 ? 'good' : 'bad', href }
}

/** What waits, as everywhere, and beside it what is tried later. */
function ofWaiting({ tenants, waiting, delayed, at, oldestWaitingSince }: BridgeState, view: OverviewView): Figure {
  const { language } = view
  const words = overviewTexts[language]
  const base = { name: words.waiting, href: waitingFilters.address({ tenant: view.filters.tenant }) }
  if (tenants.length === 0) return { ...base, value: '?', more: words.unknown }
  const parts = [
    ...(oldestWaitingSince === null ? [] : [words.oldest(formatDuration(at - oldestWaitingSince, language))]),
    ...(delayed === 0 ? [] : [words.later(delayed)]),
  ]
  return {
    ...base,
    value: formatCount(waiting, language),
    more: parts.length === 0 ? words.noneWaiting : parts.join(' · '),
    ...(waiting > 0 && { tone: 'warn' }),
  }
}

function ofTimes(all: MeasuredSpan | undefined, { language }: OverviewView): Figure {
  const words = overviewTexts[language]
  if (all === undefined) return { value: '?', name: words.time, more: words.unknown }
  const hasTimes = measures.p95Time.of(all) !== undefined
  const more = hasTimes ? words.p95(shownFigure('p95Time', all, language)) : ''
  return { value: shownFigure('medianTime', all, language), name: words.time, more }
}

const quotas = ['contactsQuota', 'eventsQuota'] as const
const barsByTick: Readonly<Record<Period, number>> = { '24h': 6, '7d': 1, '30d': 6 }

/** How much of RD Station's quota one tenant has used. Undefined for several: each has a quota of its own. */
export function renderQuota(report: PeriodReport | undefined, { language }: OverviewView): Html | undefined {
  const [own, ...others] = report?.tenants ?? []
  if (report === undefined || own === undefined || others.length > 0) return undefined
  const words = overviewTexts[language]
  // Each quota counts its own calls. Events may have to wait for the one that is fuller, so that one is shown.
  const values = own.spans.map(span => Math.max(...quotas.map(name => measures[name].of(span) ?? 0)))
  if (values.every(value => value === 0)) return undefined
  return html`<section class="card">
    ${stackedBars({
      ...{ title: words.quotaTitle, span: report.span, language, reach: 1, barsByTick: barsByTick[report.period] },
      layers: [{ name: words.fullerQuota, tone: 'first' }],
      bars: own.spans.map(({ start }, bar) => ({
        name: formatStart(start, report, language),
        counts: [values[bar] ?? 0],
      })),
      columns: quotas.map(name => ({
        name: textIn(measures[name], language),
        texts: own.spans.map(span => shownFigure(name, span, language)),
      })),
      summary: quotas
        .map(name => `${textIn(measures[name], language)} ${shownFigure(name, own.total, language)}`)
        .join(', '),
      words: { time: spanHeading(report, language), asTable: words.asTable },
      format: value => formatFigure(value, 'share', language),
      more: html`<p class="hint">${words.quotaOf(own.callsPerMinute)}</p>`,
    })}
  </section>`
}

/** Of a list. More say nothing new. */
const MAX_LINES = 20
const MAX_TENANTS = 5

/**
 * That running processes do not take the tenants file, or use an old credential. The mistakes of the file name tenants and settings, so they
 * are shown to operators of all tenants only. Nothing while all processes use what they should.
 */
export function renderProcesses(
  { refusedFile, oldCredentials }: BridgeState,
  { language, user }: OverviewView,
): Html | undefined {
  if (refusedFile.length + oldCredentials.length === 0) return undefined
  const problems = seesAll(user) ? [...new Set(refusedFile.flatMap(each => each.problems))] : []
  return html`<div class="notice warning" role="alert">
    ${refusedFile.length === 0 ? undefined : html`<p>${refusedFileWords(refusedFile, language)}</p>`}
    ${
      problems.length === 0
        ? undefined
        : html`<ul>
            ${problems.map(problem => html`<li>${problem}</li>`)}
          </ul>`
    }
    ${oldCredentials.map(old => html`<p>${inlineCode(oldCredentialWords(old, language))}</p>`)}
  </div>`
}

/** Which tenants are in the shadow, or left it without a switch, and for operators what to do with what a way back left undone. Nothing when all are simply live. */
export function renderModes({ tenants }: BridgeState, { language, user, now }: OverviewView): Html | undefined {
  const lines = tenants.flatMap(({ tenant, mode }) => {
    const words = modeWords(mode, { language, now, timeZone: timeZone() })
    if (words === undefined) return []
    const { rest = 0 } = mode
    const buttons = rest > 0 && user.role === 'operator' ? renderRestButtons(tenant, rest, language) : undefined
    return [
      html`<div class="notice warning">
        <p class="tight"><strong>${tenant}</strong> · ${words}</p>
        ${buttons}
      </div>`,
    ]
  })
  return lines.length === 0 ? undefined : html`${lines}`
}

/** What vendors have changed in their answers and webhooks, and what to do about each. Nothing when there is nothing. */
export function renderDrift({ drift }: BridgeState, { language, now }: OverviewView): Html | undefined {
  if (drift.length === 0) return undefined
  const lines = drift.slice(0, MAX_LINES).map(each => ({
    names: [...each.at.slice(0, MAX_TENANTS), ...(each.at.length > MAX_TENANTS ? ['…'] : [])].join(', '),
    ...driftWords(each, language, now),
  }))
  return html`<section class="card" aria-labelledby="changed">
    <h2 id="changed">${overviewTexts[language].changed}</h2>
    <ul class="rows">
      ${lines.map(
        ({ names, headline, todo }) =>
          html`<li>
            <span class="what"
              ><strong>${names} · <span class="warn">${headline}</span></strong> <span class="soft">${todo}</span></span
            >
          </li>`,
      )}
    </ul>
  </section>`
}

/** What the last reconcile of each tenant found, the tenants with something missing first. Nothing where nobody reconciles. */
export function renderReconciled({ tenants }: BridgeState, { language, now }: OverviewView): Html | undefined {
  const reconciledTenants = tenants.flatMap(({ tenant, reconciled }) =>
    reconciled === null ? [] : [{ tenant, reconciled }],
  )
  if (reconciledTenants.length === 0) return undefined
  const weight = ({ reconciled }: (typeof reconciledTenants)[number]): number =>
    reconciled.needsPerson ? Infinity : reconciled.missing
  const lines = reconciledTenants.toSorted((one, other) => (weight(one) < weight(other) ? 1 : -1)).slice(0, MAX_LINES)
  return html`<section class="card" aria-labelledby="reconciled">
    <h2 id="reconciled">${overviewTexts[language].reconciled}</h2>
    <ul class="rows">
      ${lines.map(
        ({ tenant, reconciled }) =>
          html`<li>
            <span class="what"
              ><strong>${tenant}</strong> <span class="soft">${reconcileWords(reconciled, language, now)}</span></span
            >
          </li>`,
      )}
    </ul>
  </section>`
}

/** Up to this many connections that nothing is wrong with are shown. More are folded, so that the exceptions are seen. */
const MAX_OPEN = 4

/** The connections of each tenant: what needs somebody, what Ponte has paused, what was never tried, then what works. */
export function renderConnections({ connections, unreadable }: BridgeState, view: OverviewView): Html {
  const words = overviewTexts[view.language]
  const exceptions = connections
    .filter(each => isImpaired(each) || each.refused !== undefined)
    .toSorted((one, other) => weightOf(other) - weightOf(one))
  const others = connections.filter(each => !exceptions.includes(each))
  const of = (wanted: Connection['state']): readonly Connection[] => others.filter(({ state }) => state === wanted)
  const groups = [
    { title: words.untried, rows: of('not-tried') },
    { title: words.fine, rows: of('ok') },
  ].map(({ title, rows }) => ({ title: title(rows.length), rows: rows.map(each => renderConnection(each, view)) }))
  const [open, folded] = [
    groups.filter(({ rows }) => rows.length <= MAX_OPEN),
    groups.filter(({ rows }) => rows.length > MAX_OPEN),
  ]
  return html`<section class="card connections" aria-labelledby="connections">
    <h2 id="connections">${words.connections}</h2>
    <ul class="rows">
      ${exceptions.map(each => renderConnection(each, view))}
      ${unreadable.map(
        tenant =>
          html`<li>
            <span><strong>${tenant}</strong> <span class="bad">${words.unknown}</span></span>
          </li>`,
      )}
      ${open.flatMap(({ rows }) => rows)}
    </ul>
    ${folded.map(
      ({ title, rows }) =>
        html`<details>
          <summary>${title}</summary>
          <ul class="rows">
            ${rows}
          </ul>
        </details>`,
    )}
  </section>`
}

/** What needs somebody stands before what Ponte has paused. */
const weightOf = (connection: Connection): number =>
  needsPerson(connection) ? 2 : connection.refused === undefined ? 0 : 1

/** What was refused of a source, and where it is said what to do. Calls to the system may work all the same. */
function renderRefusal({ system, refused }: Connection, { language, now }: OverviewView): Html | undefined {
  if (refused === undefined) return undefined
  const { headline } = refusedWords(refused, { system, language, now })
  return html`<span class="${refused.isMany ? 'bad' : 'warn'}">${headline}</span>
    <a href="/connections">${overviewTexts[language].seeConnections}</a>`
}

function renderConnection(connection: Connection, view: OverviewView): Html {
  const { tenant, system, state, code } = connection
  const name = html`<strong>${tenant} · ${systemNames[system]}</strong>`
  const refusal = renderRefusal(connection, view)
  const { tone, state: words, times } = connectionWords(connection, view.language, view.now)
  if (state === 'ok' && refusal === undefined)
    return html`<li>
      <span>${name} <span class="soft">${times}</span></span> <span class="state good">ok</span>
    </li>`
  if (state === 'ok') return html`<li><span>${name} ${refusal}</span></li>`
  return html`<li>
    <span
      >${name}
      <span class="${tone}">${[words, times].filter(Boolean).join(' · ')}</span>
      ${code && html`<a class="code" href="/error-codes/${code}">${code}</a>`} ${refusal}</span
    >
    ${view.user.role === 'operator' ? renderButton(connection, view) : undefined}
  </li>`
}

/** A system that asked for a pause is not asked before the pause is over. */
function renderButton({ tenant, system, state }: Connection, { language }: OverviewView): Html | undefined {
  const words = overviewTexts[language]
  if (state === 'throttled') return undefined
  const path = `/connections/${encodeURIComponent(tenant)}/${system}`
  const about = `${tenant} · ${systemNames[system]}`
  if (state === 'disconnected') return buttonForm(path, words.reconnect, { about })
  return buttonForm(`${path}/check`, commonTexts[language].checkNow, {
    about,
    isQuiet: true,
    fields: hiddenFields({ next: '/' }),
  })
}
