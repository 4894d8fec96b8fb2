import { type Language, bilingual } from '@ponte/contracts'
import { scaleBand, scaleLinear } from 'd3-scale'
import { stack } from 'd3-shape'
import { type Html, html } from './html.ts'
import { renderTable } from './page.ts'

/** Rounds to hundredths: less is not visible. */
const short = (value: number | undefined): number => Math.round((value ?? 0) * 100) / 100

/** Halves of a maximum that people read at a glance, times a power of ten. */
const HALVES = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10]

/** The least round number that a picture which reaches `most` can end at. Its half is round too, and whole where only whole things count. */
export function roundMaximum(most: number, { isWhole }: { readonly isWhole: boolean }): number {
  if (most <= 0) return isWhole ? 2 : 1
  const power = 10 ** Math.floor(Math.log10(most / 2))
  const halves = HALVES.map(half => half * power).filter(half => !isWhole || Number.isInteger(half))
  return 2 * (halves.find(half => half >= most / 2) ?? power * 10)
}

/** What one bar stands for. */
type Span = 'hour' | 'day'

const chartTexts = bilingual({
  current: { en: { hour: 'now', day: 'today' }, pt: { hour: 'agora', day: 'hoje' } },
  allInCurrent: {
    en: { hour: 'All in this hour:', day: 'All today:' },
    pt: { hour: 'Tudo nesta hora:', day: 'Tudo hoje:' },
  },
  allIn: {
    en: {
      hour: (start: string) => `All in the hour from ${start}:`,
      day: (start: string) => `All on ${start}:`,
    },
    pt: { hour: start => `Tudo na hora a partir de ${start}:`, day: start => `Tudo em ${start}:` },
  },
})

/** Colours without a meaning. Neighbours can be told apart. */
export const plainTones = ['first', 'second', 'third', 'fourth', 'fifth'] as const
type PlainTone = (typeof plainTones)[number]

/** What one colour of the bars counts. */
interface Layer {
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

interface StackedBars {
  /** What the picture shows. */
  readonly title: string
  readonly layers: readonly Layer[]
  /** Oldest first. The last one has not ended, unless `hasEnded` says so. */
  readonly bars: readonly Bar[]
  readonly span: Span
  /** The last bar has ended as well. */
  readonly hasEnded?: boolean
  readonly language: Language
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

const totalOf = ({ counts }: Bar): number => counts.reduce((sum, count) => sum + count, 0)

/**
 * A picture of counts over time. It is as wide as its place, and its texts stand beside it, so that they can be read on a phone. The same
 * numbers stand in a table that unfolds. If all there was came in one hour or day, a sentence says more than a picture.
 */
export function stackedBars(chart: StackedBars): Html {
  const filled = chart.bars.filter(bar => totalOf(bar) > 0)
  const [only, ...others] = filled
  return only !== undefined && others.length === 0 && chart.bars.length > 2
    ? renderSentence(chart, only)
    : renderPicture(chart)
}

function renderSentence(chart: StackedBars, bar: Bar): Html {
  const { title, layers, bars, span, hasEnded = false, language, format, more } = chart
  const { allIn, allInCurrent } = chartTexts[language]
  const when = bar === bars.at(-1) && !hasEnded ? allInCurrent[span] : allIn[span](bar.name)
  const numbers = layers.flatMap(({ name }, layer) => {
    const count = bar.counts[layer] ?? 0
    return count === 0 ? [] : name === title ? format(count) : `${name} ${format(count)}`
  })
  return html`<figure class="chart">
    <figcaption><strong>${title}</strong></figcaption>
    <p>${when} ${numbers.join(', ')}.</p>
    ${renderTableBehind(chart)} ${more}
  </figure>`
}

function renderPicture(chart: StackedBars): Html {
  const { title, layers, bars, barsByTick, span, hasEnded = false, language, format, reach = 0, more } = chart
  const { summary = sumsInWords(layers, bars, format) } = chart
  const totals = bars.map(totalOf)
  const most = roundMaximum(Math.max(reach, ...totals), { isWhole: reach === 0 && totals.every(Number.isInteger) })
  const x = scaleBand<number>()
    .domain(bars.map((_bar, index) => index))
    .range([0, WIDTH])
    .padding(0.12)
  const y = scaleLinear().domain([0, most]).range([HEIGHT, 0])
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
  const all = bars.filter((_bar, index) => index % barsByTick === 0)
  // Without an even division there is a tick at each end.
  const ticks = all.length === 1 && bars.length > 1 ? all : all.slice(0, -1)
  const last = hasEnded ? bars.at(-1)?.name : chartTexts[language].current[span]
  return html`<figure class="chart">
    <figcaption>
      <strong>${title}</strong>
      ${legend.map(({ name, tone }) => html`<span class="layer ${tone}">${name}</span> `)}
    </figcaption>
    <div class="plot">
      <p class="scale" aria-hidden="true">${[most, most / 2, 0].map(count => html`<span>${format(count)}</span>`)}</p>
      <svg
        viewBox="0 0 ${WIDTH} ${HEIGHT}"
        preserveAspectRatio="none"
        role="img"
        aria-label="${`${title}: ${summary}`}"
      >
        ${layers.some(({ tone }) => tone === 'bad') ? hatch : undefined}
        ${[0.5, HEIGHT / 2].map(at => html`<line class="step" x1="0" x2="${WIDTH}" y1="${at}" y2="${at}" />`)}
        <g class="bars">${columns}</g>
        <line x1="0" x2="${WIDTH}" y1="${HEIGHT - 0.5}" y2="${HEIGHT - 0.5}" />
      </svg>
      <p class="ticks" aria-hidden="true">
        ${ticks.map(({ name }) => html`<span>${name}</span>`)}<span class="now">${last}</span>
      </p>
    </div>
    ${renderTableBehind(chart)} ${more}
  </figure>`
}

/** What went wrong is hatched: not everybody tells red from green. Lines that lie flat look the same however wide the picture is. */
const hatch = html`<defs>
  <pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse">
    <rect class="bad" width="8" height="8" />
    <rect class="gap" y="6" width="8" height="2" />
  </pattern>
</defs>`

const renderTableBehind = (chart: StackedBars): Html =>
  html`<details>
    <summary>${chart.words.asTable}</summary>
    ${renderNumbers(chart)}
  </details>`

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

interface Ranking {
  readonly title: string
  /** Highest first. */
  readonly rows: readonly { readonly name: string; readonly value: number; readonly more?: string | undefined }[]
  /** The headings of names and values, for screen readers. */
  readonly heads: readonly [names: string, values: string]
  readonly format: (value: number) => string
  /** Stands below, such as a link to all of it. */
  readonly more?: Html | undefined
}

const RANKING_WIDTH = 100

/** Names with a bar each. It is a table itself, so it needs none behind it. */
export function renderRanking({ title, rows, heads, format, more }: Ranking): Html {
  const width = scaleLinear()
    .domain([0, Math.max(1, ...rows.map(({ value }) => value))])
    .range([0, RANKING_WIDTH])
  return html`<figure class="chart">
    <figcaption><strong>${title}</strong></figcaption>
    <table class="ranking">
      <thead>
        <tr>
          ${heads.map(head => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ name, value, more: beside }) =>
            html`<tr>
              <th scope="row">
                ${name}
                <svg viewBox="0 0 ${RANKING_WIDTH} 1" preserveAspectRatio="none" aria-hidden="true">
                  <rect class="first" width="${short(width(value))}" height="1" />
                </svg>
              </th>
              <td class="number">
                ${format(value)} ${beside === undefined ? undefined : html`<span class="soft">${beside}</span>`}
              </td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${more}
  </figure>`
}
