import { readReport, type Report } from '@ponte/report'
import type { BoardDeps } from '../../board-deps.ts'
import type { Filters } from '../../ui/filters.ts'
import { type Html, html } from '../../ui/html.ts'
import type { Language } from '../../ui/language.ts'
import { timeZone } from '../../ui/moment.ts'
import { csvAddress } from './csv-address.ts'
import { renderTenantFigures } from './tenant-figures.ts'
import { renderTenantsTable } from './tenants-table.ts'
import { reportTexts } from './texts.ts'

/**
 * What became of the leads, for the overview: the pictures of the tenant that the filters name or that is the only one, else a row for
 * each of these tenants. Says so when Redis does not answer; never rejects.
 */
export async function readResults(
  { redis, tenants }: Pick<BoardDeps, 'redis' | 'tenants'>,
  { tenant, period }: Filters,
  language: Language,
): Promise<Html> {
  const { title, unreadable } = reportTexts[language]
  const shown = tenant === undefined ? tenants : tenants.filter(({ name }) => name === tenant)
  try {
    const report = await readReport(redis, shown, { period, now: Date.now(), timeZone: timeZone() })
    return renderResults(report, language)
  } catch {
    return html`<h2>${title}</h2>
      <p class="notice" role="alert">${unreadable}</p>`
  }
}

function renderResults(report: Report, language: Language): Html {
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
