import { readReport, reportCsvStream, readersOf } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import type { BoardDeps } from '../../board-deps.ts'
import { askedBy } from '../../ui/board-page.ts'
import { timeZone } from '../../ui/moment.ts'
import { overviewFilters } from './reader.ts'

/** `/report.csv?tenant=&period=`: what was counted, as a file for a spreadsheet. Without a tenant it holds all that the user may see. */
export function addReportCsv(app: FastifyInstance, all: BoardDeps): void {
  app.get('/report.csv', async (request, reply) => {
    const { deps, filters, language, user, now } = askedBy(request, all, overviewFilters)
    const { redis, tenants, keptFigures: kept } = deps
    const { tenant, period } = filters
    const shown = tenant === undefined ? tenants : tenants.filter(({ name }) => name === tenant)
    const report = await readReport(redis, shown, {
      period,
      now,
      timeZone: timeZone(),
      readers: readersOf(user),
      kept,
    })
    const file = ['ponte', ...(tenant === undefined ? [] : [tenant]), period].join('-')
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${file}.csv"`)
      .header('content-language', language)
      .send(reportCsvStream(report, { language }))
  })
}
