import { readDays, type RedisClient } from '@ponte/state'
import { type Report, type ReportedTenant, type ReportRequest, sumSpans, toReport } from '../report/read-report.ts'
import type { MeasuredSpan } from '../report/measures.ts'
import type { ComparedRanges, DayRange } from './results-period.ts'

/** What was counted in some days, beside what was counted in the days before. */
export interface Results extends Report, ComparedRanges {
  readonly total: MeasuredSpan
  /** Of the same tenants in the days before. Nothing when there are none to compare with. */
  readonly formerTotal: MeasuredSpan
}

export interface ResultsRequest extends Omit<ReportRequest, 'span'>, ComparedRanges {}

/** The results of these tenants, and of no other. Rejects when Redis does not answer. */
export async function readResults(
  redis: RedisClient,
  tenants: readonly ReportedTenant[],
  { range, before, ...request }: ResultsRequest,
): Promise<Results> {
  const names = tenants.map(({ name }) => name)
  const reportOf = async (days: DayRange): Promise<Report> =>
    toReport(tenants, await readDays(redis, names, { ...request, ...days }), { ...request, span: 'day' })
  const [report, former] = await Promise.all([reportOf(range), before && reportOf(before)])
  return { ...{ ...report, range, before }, total: totalOf(report), formerTotal: totalOf(former) }
}

const totalOf = (report: Report | undefined): MeasuredSpan =>
  sumSpans((report?.tenants ?? []).map(({ total }) => total))
