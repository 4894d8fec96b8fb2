import type { FailedJob } from '@ponte/operations'
import type { Period } from '@ponte/state'
import type { QueueRef } from '../../queues/queue-ref.ts'
import { type Filters, readFilters } from '../../ui/filters.ts'

const DAY_MS = 24 * 3_600_000
/** Failed jobs are kept for thirty days: the longest period has all of them. */
const lengths: Readonly<Record<Period, number>> = { '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': Number.POSITIVE_INFINITY }

/** The period of a page whose address names none: everything that has failed. */
export const USUAL_PERIOD: Period = '30d'

/** The filters of failures in the address of a page, or in a form. Throws UnknownFilters. */
export const readFailureFilters = (
  asked: unknown,
  tenants: readonly { readonly name: string }[],
  path = '/failures',
): Filters => readFilters(asked, tenants, path, USUAL_PERIOD)

/** Is this failed job among those that are asked for? */
export const isAmong = (
  { tenant }: Pick<QueueRef, 'tenant'>,
  { code, event, failedAt }: FailedJob,
  filters: Filters,
  now: number,
): boolean =>
  (filters.tenant === undefined || filters.tenant === tenant.name) &&
  (filters.code === undefined || filters.code === code) &&
  (filters.event === undefined || filters.event === event) &&
  now - failedAt < lengths[filters.period]
