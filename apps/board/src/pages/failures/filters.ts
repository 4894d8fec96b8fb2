import type { FailureChoice } from '@ponte/operations'
import { periodMs } from '@ponte/operations'
import { z } from 'zod'
import {
  allTexts,
  createFilters,
  filterLooks,
  jobEvent,
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

const ofCause = z.object({ period, event: jobEvent, page: placeIn(/^[1-9]\d{0,5}$/) })
/** Of the page of one queue and cause. A page of failures links many of them. */
export const filtersOfCause = (path: string) => createFilters(path, () => ofCause)

/** Which failed events of a queue are asked for. Failed jobs are kept for thirty days: the longest period has all of them. */
export const choiceOf = (filters: Omit<FailureFilters, 'tenant'>, now: number): FailureChoice => ({
  ...{ code: filters.code, event: filters.event },
  since: filters.period === '30d' ? 0 : now - periodMs[filters.period] + 1,
})
