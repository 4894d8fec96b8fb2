import { formatFigure, sumSpans, type BridgeState, type Report } from '@ponte/report'
import { formatDuration } from '@ponte/runtime'
import { countEvents, type Figures, quantileMs } from '@ponte/state'
import { filteredAddress } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import { formatCount } from '../../ui/shell.ts'
import { USUAL_PERIOD } from '../failures/filters.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

interface Figure {
  readonly value: string
  readonly name: string
  readonly more: string
  readonly tone?: 'good' | 'bad' | 'warn' | undefined
  readonly href?: string
}

/** What was delivered in the period and how fast; what has failed and what waits at this moment. */
export function renderFigures(bridge: BridgeState, report: Report | undefined, view: OverviewView): Html {
  const all = report && sumSpans(report.tenants.map(({ total }) => total)).figures
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

/** Events that came to their end without a failure: what they asked for was done, or was there already. */
export const countDelivered = (figures: Figures): number =>
  countEvents(figures, 'done') + countEvents(figures, 'skipped')

/** Events that failed, and deliveries that could not be read. */
export const countFailed = (figures: Figures): number =>
  countEvents(figures, 'failed') + Object.values(figures.quarantined).reduce((sum, count) => sum + count, 0)

function ofDelivered(all: Figures | undefined, { language, filters }: OverviewView): Figure {
  const words = overviewTexts[language]
  const name = words.delivered[filters.period]
  if (all === undefined) return { value: '?', name, more: words.unknown }
  const delivered = countDelivered(all)
  const more =
    delivered === 0 ? words.noneDelivered : words.firstTry(formatFigure(all.firstTry / delivered, 'share', language))
  return { value: formatCount(delivered, language), name, more, ...(delivered > 0 && { tone: 'good' }) }
}

function ofFailed({ tenants, failed, isFailedWhole, quarantined }: BridgeState, view: OverviewView): Figure {
  const { language, filters, causes } = view
  const words = overviewTexts[language]
  const href = filteredAddress('/failures', { tenant: filters.tenant }, USUAL_PERIOD)
  if (tenants.length === 0) return { value: '?', name: words.failed, more: words.unknown, href }
  const value = `${formatCount(failed, language)}${isFailedWhole ? '' : '+'}`
  const more = failed === 0 ? words.noneFailed : words.causes(causes.length, quarantined)
  return { value, name: words.failed, more, tone: failed === 0 ? 'good' : 'bad', href }
}

function ofWaiting({ tenants, waiting, oldestWaitingMs }: BridgeState, view: OverviewView): Figure {
  const { language } = view
  const words = overviewTexts[language]
  const base = { name: words.waiting, href: filteredAddress('/waiting', { tenant: view.filters.tenant }) }
  if (tenants.length === 0) return { ...base, value: '?', more: words.unknown }
  const more =
    oldestWaitingMs === undefined ? words.noneWaiting : words.oldest(formatDuration(oldestWaitingMs, language))
  return {
    ...base,
    value: formatCount(waiting, language),
    more,
    ...(waiting > 0 && { tone: 'warn' }),
  }
}

function ofTimes(all: Figures | undefined, { language }: OverviewView): Figure {
  const words = overviewTexts[language]
  const [median, p95] = [0.5, 0.95].map(quantile => all && quantileMs(all.times, quantile))
  if (median === undefined || p95 === undefined)
    return { value: all === undefined ? '?' : '–', name: words.time, more: all === undefined ? words.unknown : '' }
  const format = (ms: number): string => formatFigure(ms, 'time', language)
  return { value: format(median), name: words.time, more: words.p95(format(p95)) }
}
