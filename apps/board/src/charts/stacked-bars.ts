import { scaleBand, scaleLinear } from 'd3-scale'
import { stack } from 'd3-shape'
import { type Html, html } from '../ui/html.ts'
import { renderTable } from '../ui/page.ts'
import { short } from './scale.ts'

/** Colours without a meaning. Neighbours can be told apart. */
export const plainTones = ['first', 'second', 'third', 'fourth', 'fifth'] as const
export type PlainTone = (typeof plainTones)[number]

/** What one colour of the bars counts. */
export interface Layer {
  readonly name: string
  /** A class of charts.css. */
  readonly tone: 'good' | 'bad' | 'soft' | 'act' | PlainTone
}

/** What one colour of a picture counts, with a value for each hour or day. */
export interface ChartPart extends Layer {
  readonly values: readonly number[]
}

/** One bar: an hour or a day, and how much there was of each layer. */
export interface Bar {
  /** The time, short enough to stand under the picture. */
  readonly name: string
  readonly counts: readonly number[]
}

export interface StackedBars {
  /** What the picture shows. */
  readonly title: string
  readonly layers: readonly Layer[]
  readonly bars: readonly Bar[]
  /** How many bars share a tick. The number of bars is a multiple of it, so that each tick stands under its first bar. */
  readonly barsByTick: number
  readonly words: {
    /** The heading of the column with the times. */
    readonly time: string
    /** What unfolds the table. */
    readonly asTable: string
  }
  readonly format: (count: number) => string
  /** The picture in words, for screen readers. Default: the sum of each layer. */
  readonly summary?: string | undefined
  /** The picture reaches this count, even if no bar does. */
  readonly reach?: number | undefined
  /** The columns of the table after the first one, a text for each bar. Default: the layers. */
  readonly columns?: readonly TableColumn[] | undefined
  /** Below the picture, beside what unfolds the table. */
  readonly more?: Html | undefined
}

export interface TableColumn {
  readonly name: string
  readonly texts: readonly string[]
}

const WIDTH = 1000
const HEIGHT = 200

/**
 * A picture of counts over time. It is as wide as its place, and its texts stand beside it, so that they can be read on a phone. The same
 * numbers stand in a table that unfolds.
 */
export function stackedBars(chart: StackedBars): Html {
  const { title, layers, bars, barsByTick, words, format, reach = 0, more } = chart
  const { summary = sumsInWords(layers, bars, format) } = chart
  const totals = bars.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0))
  const most = Math.max(reach, ...totals)
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
    const parts = stacked.flatMap((edges, layer) => {
      const [from, to] = edges[index] ?? [0, 0]
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
    const numbers = layers.map(({ name }, layer) => `${name}: ${format(bar.counts[layer] ?? 0)}`).join(', ')
    return html`<g><title>${bar.name}: ${numbers}</title>${parts}</g>`
  })
  // What the title says need not be said twice.
  const legend = layers.filter(({ name }) => name !== title)
  const ticks = bars.filter((_bar, index) => index % barsByTick === 0)
  return html`<figure class="chart">
    <figcaption>
      <strong>${title}</strong>
      ${legend.map(({ name, tone }) => html`<span class="layer ${tone}">${name}</span> `)}
    </figcaption>
    <p class="most" aria-hidden="true">${format(most)}</p>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${`${title}: ${summary}`}">
      <line class="most" x1="0" x2="${WIDTH}" y1="0.5" y2="0.5" />
      ${columns}
      <line x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}" />
    </svg>
    <p class="ticks" aria-hidden="true">${ticks.map(({ name }) => html`<span>${name}</span>`)}</p>
    <details>
      <summary>${words.asTable}</summary>
      ${renderNumbers(chart)}
    </details>
    ${more}
  </figure>`
}

function renderNumbers({ bars, layers, words, format, columns }: StackedBars): Html {
  const shown: readonly TableColumn[] =
    columns ?? layers.map(({ name }, layer) => ({ name, texts: bars.map(({ counts }) => format(counts[layer] ?? 0)) }))
  return renderTable(
    [words.time, ...shown.map(({ name }) => name)],
    bars.map(({ name }, bar) => [name, ...shown.map(({ texts }) => ({ content: texts[bar], look: 'number' }))]),
    { hasRowHeads: true },
  )
}

/** The total of each layer, in words. */
const sumsInWords = (layers: readonly Layer[], bars: readonly Bar[], format: (count: number) => string): string =>
  layers
    .map(({ name }, layer) => {
      const total = bars.reduce((sum, { counts }) => sum + (counts[layer] ?? 0), 0)
      return `${name} ${format(total)}`
    })
    .join(', ')
