import { textIn } from '@ponte/contracts'
import {
  formatFigure,
  formatStart,
  measures,
  type Period,
  type PeriodReport,
  shownFigure,
  spanHeading,
} from '@ponte/operations'
import { stackedBars } from '../../charts/stacked-bars.ts'
import { html, type Html } from '../../ui/html.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

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
