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
} from '@ponte/operations'
import { formatDuration } from '@ponte/runtime'
import { formatCount } from '../../ui/common-texts.ts'
import { type Html, html } from '../../ui/html.ts'
import { failureFilters, waitingFilters } from '../../filters/page-filters.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'
import { textIn } from '@ponte/contracts'
import { stackedBars } from '../../charts/stacked-bars.ts'

interface Figure {
  readonly value: string
  readonly name: string
  readonly more: string
  readonly tone?: 'good' | 'bad' | 'warn' | undefined
  readonly href?: string
}

/** What was delivered in the period and how fast; what has failed and what waits at this moment. */
export function renderFigures(bridge: BridgeState, report: PeriodReport | undefined, view: OverviewView): Html {
  const all = report && sumSpans(report.tenants.map(({ total }) => total))
  const figures = [ofDelivered(all, view), ofFailed(bridge, view), ofWaiting(bridge, view), ofTimes(all, view)]
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

function ofFailed({ tenants, failed, quarantined }: BridgeState, view: OverviewView): Figure {
  const { language, filters, causes } = view
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
