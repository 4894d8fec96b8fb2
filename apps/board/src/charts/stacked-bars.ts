import { scaleBand, scaleLinear } from 'd3-scale'
import { stack } from 'd3-shape'
import { type Html, html } from '../ui/html.ts'
import { short } from './sparkline.ts'

/** What one colour of the bars counts. */
export interface Layer {
  readonly name: string
  /** A class of charts.css. */
  readonly tone: 'good' | 'bad' | 'soft' | 'act'
}

/** One bar: an hour or a day, and how much there was of each layer. */
export interface Bar {
  /** In the table: the whole time. */
  readonly name: string
  /** Under the picture: short. */
  readonly tick: string
  readonly counts: readonly number[]
}

export interface StackedBars {
  /** What the picture shows. */
  readonly title: string
  readonly layers: readonly Layer[]
  readonly bars: readonly Bar[]
  /** So many bars share a tick. The number of bars is a multiple of it, so that each tick stands under its first bar. */
  readonly barsByTick: number
  readonly words: {
    /** Of the column with the times. */
    readonly time: string
    /** What unfolds the table. */
    readonly asTable: string
  }
  readonly format: (count: number) => string
}

const WIDTH = 1000
const HEIGHT = 200

/**
 * A picture of counts over time, drawn without sizes of its own: it is as wide as its place, and its texts stand beside it, so that they
 * can be read on a phone. The same numbers stand in a table that unfolds.
 */
export function stackedBars({ title, layers, bars, barsByTick, words, format }: StackedBars): Html {
  const totals = bars.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
  const most = Math.max(0, ...totals)
  const x = scaleBand<number>()
    .domain(bars.map((_bar, index) => index))
    .range([0, WIDTH])
    .padding(0.12)
  const y = scaleLinear()
    .domain([0, Math.max(1, most)])
    .range([HEIGHT, 0])
  const stacked = stack<Bar, number>()
    .keys(layers.map((_layer, index) => index))
    .value(({ counts }, layer) => counts[layer] ?? 0)([...bars])
  const columns = bars.map((bar, index) => {
    const parts = stacked.flatMap((series, layer) => {
      const [from, to] = series[index] ?? [0, 0]
      if (to <= from) return []
      const { tone = 'soft' } = layers[layer] ?? {}
      return html`<rect
        class="${tone}"
        x="${short(x(index))}"
        y="${short(y(to))}"
        width="${short(x.bandwidth())}"
        height="${short(y(from) - y(to))}"
      />`
    })
    const said = layers.map(({ name }, layer) => `${name}: ${format(bar.counts[layer] ?? 0)}`).join(', ')
    return html`<g><title>${bar.name}: ${said}</title>${parts}</g>`
  })
  const ticks = bars.filter((_bar, index) => index % barsByTick === 0)
  return html`<figure class="chart">
    <figcaption>
      <strong>${title}</strong>
      ${layers.map(({ name, tone }) => html`<span class="layer ${tone}">${name}</span> `)}
    </figcaption>
    <p class="most" aria-hidden="true">${format(most)}</p>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${summary(title, layers, bars, format)}"
    >
      <line class="most" x1="0" x2="${WIDTH}" y1="0.5" y2="0.5" />
      ${columns}
      <line x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}" />
    </svg>
    <p class="ticks" aria-hidden="true">${ticks.map(({ tick }) => html`<span>${tick}</span>`)}</p>
    <details>
      <summary>${words.asTable}</summary>
      <table class="numbers">
        <thead>
          <tr>
            ${[words.time, ...layers.map(({ name }) => name)].map(head => html`<th scope="col">${head}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${bars.map(bar => renderRow(bar, layers, format))}
        </tbody>
      </table>
    </details>
  </figure>`
}

const renderRow = ({ name, counts }: Bar, layers: readonly Layer[], format: (count: number) => string): Html =>
  html`<tr>
    <th scope="row">${name}</th>
    ${layers.map((layer, index) => html`<td class="number" data-label="${layer.name}">${format(counts[index] ?? 0)}</td>`)}
  </tr>`

/** The picture in words: what there was in all of each layer. */
function summary(
  title: string,
  layers: readonly Layer[],
  bars: readonly Bar[],
  format: (count: number) => string,
): string {
  const totals = layers.map(({ name }, layer) => {
    const total = bars.reduce((sum, { counts }) => sum + (counts[layer] ?? 0), 0)
    return `${name} ${format(total)}`
  })
  return `${title}: ${totals.join(', ')}`
}
