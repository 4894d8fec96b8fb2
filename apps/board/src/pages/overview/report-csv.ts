import { readReport, reportCsvStream } from '@ponte/operations'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { readersOf } from '../../auth/credentials.ts'
import { type BoardDeps, depsFor } from '../../board-deps.ts'
import { readFilters } from '../../ui/filters.ts'
import { languageOf } from '../../ui/language.ts'
import { timeZone } from '../../ui/moment.ts'
import { sendNotice } from '../../ui/page.ts'
import { overviewTexts } from './texts.ts'

const query = z.object({ tenant: z.string().optional() })

/** `/report.csv?tenant=&period=`: what was counted, as a file for a spreadsheet. Without a tenant it holds all that the user may see. */
export function addReportCsv(app: FastifyInstance, every: BoardDeps): void {
  app.get('/report.csv', async (request, reply) => {
    const { redis, tenants } = depsFor(every, request.user)
    const language = languageOf(request)
    const { title, noTenant, noPeriod } = overviewTexts[language]
    const asked = query.safeParse(request.query).data
    const { tenant, period, ignored } = readFilters(request.query, tenants)
    if (asked?.tenant !== tenant) return sendNotice(reply.code(404), { language, title, text: noTenant })
    if (ignored?.includes('period')) return sendNotice(reply.code(404), { language, title, text: noPeriod })
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
