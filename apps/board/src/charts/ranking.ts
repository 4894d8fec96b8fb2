import { scaleLinear } from 'd3-scale'
import { type Html, html } from '../ui/html.ts'
import { short } from './scale.ts'

export interface Ranking {
  readonly title: string
  /** Highest first. */
  readonly rows: readonly { readonly name: string; readonly value: number; readonly more?: string | undefined }[]
  /** The headings of names and values, for screen readers. */
  readonly heads: readonly [names: string, values: string]
  readonly format: (value: number) => string
  /** Stands below, such as a link to all of it. */
  readonly more?: Html | undefined
}

const WIDTH = 100

/** Names with a bar each. It is a table itself, so it needs none behind it. */
export function renderRanking({ title, rows, heads, format, more }: Ranking): Html {
  const width = scaleLinear()
    .domain([0, Math.max(1, ...rows.map(({ value }) => value))])
    .range([0, WIDTH])
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
                <svg viewBox="0 0 ${WIDTH} 1" preserveAspectRatio="none" aria-hidden="true">
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
