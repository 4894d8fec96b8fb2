import { readDays, type RedisClient } from '@ponte/state'
import {
  type Report,
  type ReportedTenant,
  type ReportRequest,
  sumSpans,
  type TenantReport,
  toReport,
} from '../report/read-report.ts'
import type { MeasuredSpan } from '../report/measures.ts'
import type { ComparedRanges } from './results-period.ts'

/** What was counted in some days, beside what was counted in the days before. */
export interface Results extends Report, ComparedRanges {
  /** The same tenants in the days before. */
  readonly former: readonly TenantReport[]
  readonly total: MeasuredSpan
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
  const [now, then] = await Promise.all([range, before].map(days => readDays(redis, names, { ...request, ...days })))
  const report = toReport(tenants, now ?? new Map(), { ...request, span: 'day' })
  const former = toReport(tenants, then ?? new Map(), { ...request, span: 'day' }).tenants
  return {
    ...{ ...report, range, before, former },
    total: sumSpans(report.tenants.map(({ total }) => total)),
    formerTotal: sumSpans(former.map(({ total }) => total)),
  }
}
