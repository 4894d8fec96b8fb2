import { readReport, reportCsvStream, readersOf } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { languageOf } from '../../ui/language.ts'
import { timeZone } from '../../ui/moment.ts'
import { overviewFilters } from './reader.ts'

/** `/report.csv?tenant=&period=`: what was counted, as a file for a spreadsheet. Without a tenant it holds all that the user may see. */
export function addReportCsv(app: FastifyInstance, every: BoardDeps): void {
  app.get('/report.csv', async (request, reply) => {
    const { redis, tenants } = depsFor(every, request.user)
    const language = languageOf(request)
    const { tenant, period } = overviewFilters.read(request.query, tenants)
    const shown = tenant === undefined ? tenants : tenants.filter(({ name }) => name === tenant)
    const report = await readReport(redis, shown, {
      period,
      now: Date.now(),
      timeZone: timeZone(),
      readers: readersOf(request.user),
      kept: every.keptFigures,
    })
    const file = ['ponte', ...(tenant === undefined ? [] : [tenant]), period].join('-')
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${file}.csv"`)
      .header('content-language', language)
      .send(reportCsvStream(report, { language }))
  })
}
