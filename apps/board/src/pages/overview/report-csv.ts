import { readReport, reportCsvStream, readersOf } from '@ponte/operations'
import { overviewFilters } from '../../filters/page-filters.ts'
import { action } from '../../ui/board-page.ts'
import { timeZone } from '../../ui/moment.ts'

/** `/report.csv?tenant=&period=`: what was counted, as a file for a spreadsheet. Without a tenant it holds all that the user may see. */
export const reportCsv = action({
  ...{ method: 'GET', path: '/report.csv', filters: overviewFilters },
  async run({ deps, filters: { tenant, period }, language, user, now }) {
    const shown = deps.tenants.filter(({ name }) => tenant === undefined || name === tenant)
    const asked = { period, now, timeZone: timeZone(), readers: readersOf(user), kept: deps.keptFigures }
    const report = await readReport(deps.redis, shown, asked)
    const file = ['ponte', ...(tenant === undefined ? [] : [tenant]), period].join('-')
    return { file, csv: reportCsvStream(report, { language }) }
  },
})
