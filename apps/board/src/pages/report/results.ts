import type { Language } from '@ponte/contracts'
import type { Report } from '@ponte/report'
import { type Html, html } from '../../ui/html.ts'
import { csvAddress } from './csv-address.ts'
import { renderTenantFigures } from './tenant-figures.ts'
import { renderTenantsTable } from './tenants-table.ts'
import { reportTexts } from './texts.ts'

/**
 * What became of the leads, for the overview: the pictures of the tenant that the filters name or that is the only one, else a row for
 * each of the report's tenants. Without a report, because Redis did not answer, it says so.
 */
export function renderResults(report: Report | undefined, language: Language): Html {
  if (report === undefined)
    return html`<h2>${reportTexts[language].title}</h2>
      <p class="notice" role="alert">${reportTexts[language].unreadable}</p>`
  const words = reportTexts[language]
  const [own, ...others] = report.tenants
  if (own === undefined) return html``
  const body =
    others.length === 0
      ? renderTenantFigures(report, own, language)
      : html`${renderTenantsTable(report, language)}
          <p><a href="${csvAddress({ period: report.period })}">${words.csvOfAll}</a></p>`
  return html`<section aria-labelledby="results">
    <h2 id="results">${words.title}${others.length === 0 ? ` · ${own.tenant}` : ''}</h2>
    ${body}
  </section>`
}
