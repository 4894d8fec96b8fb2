import { scaleBand, scaleLinear } from 'd3-scale'
import { type Html, html } from '../ui/html.ts'

/** In units of the drawing; the style sheet says how large it is on the page. */
const WIDTH = 96
const HEIGHT = 24
/** Even the smallest count is visible. */
const LEAST_HEIGHT = 1.5

/** A small picture of a row of counts, oldest first, without axes: one bar each. `label` says it in words, for screen readers. */
export function sparkline(counts: readonly number[], { label }: { readonly label: string }): Html {
  const x = scaleBand<number>()
    .domain(counts.map((_count, index) => index))
    .range([0, WIDTH])
    .paddingInner(0.2)
  const height = scaleLinear()
    .domain([0, Math.max(1, ...counts)])
    .range([0, HEIGHT - 1])
  const bars = counts.flatMap((count, index) => {
    if (count <= 0) return []
    const tall = Math.max(LEAST_HEIGHT, height(count))
    return html`<rect
      x="${short(x(index))}"
      y="${short(HEIGHT - tall)}"
      width="${short(x.bandwidth())}"
      height="${short(tall)}"
    />`
  })
  return html`<svg
    class="sparkline"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <line x1="0" x2="${WIDTH}" y1="${HEIGHT}" y2="${HEIGHT}" />
    ${bars}
  </svg>`
}

/** Rounds to hundredths: less is not visible. */
export const short = (value: number | undefined): number => Math.round((value ?? 0) * 100) / 100
