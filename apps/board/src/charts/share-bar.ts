import { scaleLinear } from 'd3-scale'
import { type Html, html } from '../ui/html.ts'
import { short } from './sparkline.ts'

const WIDTH = 100
/** From this share on it is worth a look, and from the second one it is used up. */
const MUCH = 0.8
const FULL = 1

/** How much of a limit is used, as a bar, with the same in words above it. */
export function shareBar({ used, limit, label }: { used: number; limit: number; label: string }): Html {
  const share = limit > 0 ? used / limit : 0
  const width = scaleLinear().domain([0, 1]).range([0, WIDTH]).clamp(true)
  const tone = share >= FULL ? 'bad' : share >= MUCH ? 'warn' : 'act'
  return html`<figure class="share">
    <figcaption>${label}</figcaption>
    <svg viewBox="0 0 ${WIDTH} 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="whole" width="${WIDTH}" height="4" />
      <rect class="${tone}" width="${short(width(share))}" height="4" />
    </svg>
  </figure>`
}
