import { reportCsv, reportData, readReport } from '@ponte/report'
import type { Period } from '@ponte/state'
import { exitCodes } from '../exit-codes.ts'
import { withRedis } from '../redis/with-redis.ts'
import type { Command } from '../session.ts'
import { chooseTenants, readSettings } from '../settings/read-settings.ts'
import { describeReport } from './describe-report.ts'

export interface ReportOptions {
  readonly tenant?: string
  readonly since: Period
  readonly csv?: boolean
}

/** Says what became of the events of a period: leads, opportunities, sales, losses, failures, times and quotas. Reads only. */
export const report: Command<ReportOptions> = async ({ tenant, since: period, csv = false }, session) => {
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const read = await withRedis({ url: settings.REDIS_URL, session }, redis =>
    readReport(redis, tenants, {
      period,
      now: Date.now(),
      timeZone: settings.BOARD_TIME_ZONE,
      readers: 'operators',
    }),
  )
  return {
    exitCode: exitCodes.ok,
    data: { ok: true, ...reportData(read) },
    lines: describeReport(read, session),
    ...(csv && { file: reportCsv(read, { language: session.language }) }),
  }
}
