import { type MarkRecord, opportunityLock, type StatusRecord, tenantStartOf } from '@ponte/state'
import type { MarkContext } from '../../run/job-context.ts'
import type { LockedStep } from '../../run/job-locks.ts'

/** What Ponte had recorded of an opportunity when its lock was taken. */
export interface Recorded {
  /** Undefined when Ponte has no record of the opportunity. */
  readonly mark: MarkRecord | undefined
  readonly status: StatusRecord
  /** Milliseconds since 1970, when known: since when Ponte has worked for the tenant. */
  readonly tenantStart: number | undefined
}

/** Runs `work` under the opportunity's lock, with what was recorded then: taking the lock and reading are one step. */
export function lockedOpportunity<Result>(
  opportunityId: string,
  { marks, statuses, tenant, locked }: MarkContext,
  work: (recorded: Recorded) => Promise<Result>,
  options: Pick<LockedStep, 'keepsOnFailure'> = {},
): Promise<Result> {
  const mark = marks.readingOf(opportunityId)
  const status = statuses.readingOf(opportunityId)
  const start = tenantStartOf(tenant.name)
  return locked(
    [opportunityLock(opportunityId)],
    valueOf => work({ mark: valueOf(mark), status: valueOf(status), tenantStart: valueOf(start) }),
    { ...options, readings: [mark, status, start] },
  )
}
