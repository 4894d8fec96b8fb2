import { type BridgeState, formatStart, type Report, sumSpans } from '@ponte/report'
import type { Period } from '@ponte/state'
import { stackedBars } from '../../charts/stacked-bars.ts'
import { type Html, html } from '../../ui/html.ts'
import { formatCount } from '../../ui/shell.ts'
import { countDelivered, countFailed } from './figures.ts'
import type { OverviewView } from './reader.ts'
import { overviewTexts } from './texts.ts'

/** How many bars share a tick, so that ticks have room on a phone. */
const barsByTick: Readonly<Record<Period, number>> = { '24h': 4, '7d': 1, '30d': 5 }

/** What was delivered and what failed, by hour or by day. Without any event it says what to do. */
export function renderEvents(
  { failed, waiting }: BridgeState,
  report: Report | undefined,
  { language, user }: OverviewView,
): Html {
  const words = overviewTexts[language]
  if (report === undefined) return html`<section class="card events"><p class="bad">${words.noFigures}</p></section>`
  const { period } = report
  const spans = report.tenants[0]?.spans ?? []
  const bars = spans.map(({ start }, index) => {
    const all = report.tenants.flatMap(tenant => tenant.spans[index] ?? [])
    const { figures } = sumSpans(all)
    const tick = formatStart(start, report, language)
    return { name: tick, tick, counts: [countDelivered(figures), countFailed(figures)] }
  })
  if (bars.every(({ counts }) => counts.every(count => count === 0)))
    return html`<section class="card events">
      <p><strong>${words.noEvents[period]}</strong></p>
      ${failed + waiting > 0 ? undefined : html`<p class="soft">${words.toBegin[user?.role ?? 'viewer']}</p>`}
    </section>`
  return html`<section class="card events">
    ${stackedBars({
      title: words.events[period],
      bars,
      barsByTick: barsByTick[period],
      layers: [
        { name: words.layers.delivered, tone: 'good' },
        { name: words.layers.failed, tone: 'bad' },
      ],
      words: { time: period === '24h' ? words.hour : words.day, asTable: words.asTable },
      format: count => formatCount(count, language),
    })}
  </section>`
}
