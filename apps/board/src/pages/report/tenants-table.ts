import { type Language, textIn } from '@ponte/contracts'
import { type MeasuredSpan, type MeasureName, measures, type Report, sumSpans } from '@ponte/report'
import { filteredAddress } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import { renderTable } from '../../ui/page.ts'
import { shownFigure } from './tenant-charts.ts'
import { reportTexts } from './texts.ts'

const columns = [
  'leadsCreated',
  'defaultUser',
  'opportunities',
  'sales',
  'saleValue',
  'losses',
  'contactsQuota',
  'eventsQuota',
] as const satisfies readonly MeasureName[]

/** Of several tenants a row each, those with the most leads first, and all of them together. Each leads to its pictures. */
export function renderTenantsTable({ period, tenants }: Report, language: Language): Html {
  const words = reportTexts[language]
  const heads = columns.map(name => textIn(measures[name], language))
  const row = (head: Html, span: MeasuredSpan): Html =>
    html`<tr>
      <td data-label="${words.tenant}">${head}</td>
      ${columns.map((name, index) => html`<td class="number" data-label="${heads[index]}">${shownFigure(name, span, language)}</td>`)}
    </tr>`
  const leadsOf = ({ figures }: MeasuredSpan): number => figures.leads.created
  const sorted = tenants.toSorted((one, other) => leadsOf(other.total) - leadsOf(one.total))
  return renderTable(
    [words.tenant, ...heads],
    [
      ...sorted.map(({ tenant, total }) =>
        row(html`<a href="${filteredAddress('/', { tenant, period })}">${tenant}</a>`, total),
      ),
      row(html`<strong>${words.all}</strong>`, sumSpans(tenants.map(({ total }) => total))),
    ],
  )
}
