import type { FailedJob } from '@ponte/operations'
import { z } from 'zod'
import type { QueueRef } from '../../queues/queue-ref.ts'
import {
  allTexts,
  createFilters,
  filterLooks,
  jobEvent,
  periodMs,
  periodOr,
  placeIn,
  reasonCode,
  tenantAmong,
} from '../../ui/filters.ts'

/** Where no period is named, it is everything that has failed. */
const period = periodOr('30d')
const code = reasonCode
  .optional()
  .register(filterLooks, { label: { en: 'Cause', pt: 'Causa' }, all: allTexts.feminine })

export const failureFilters = createFilters('/failures', tenants =>
  z.object({ tenant: tenantAmong(tenants), period, code, event: jobEvent }),
)
export type FailureFilters = ReturnType<typeof failureFilters.read>
export const allFailures: FailureFilters = { period: '30d' }

const ofCause = z.object({ period, event: jobEvent, page: placeIn(/^[1-9]\d{0,5}$/) })
/** Of the page of one queue and cause. A page of failures links many of them. */
export const filtersOfCause = (path: string) => createFilters(path, () => ofCause)

/** Is this failed job among those that are asked for? Failed jobs are kept for thirty days: the longest period has all of them. */
export const isAmong = (
  { tenant }: Pick<QueueRef, 'tenant'>,
  { code, event, failedAt }: FailedJob,
  filters: FailureFilters,
  now: number,
): boolean =>
  (filters.tenant ?? tenant.name) === tenant.name &&
  (filters.code ?? code) === code &&
  (filters.event ?? event) === event &&
  (filters.period === '30d' || now - failedAt < periodMs[filters.period])
