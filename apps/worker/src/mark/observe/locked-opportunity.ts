import { type MarkHistory, opportunityLock, tenantStartOf } from '@ponte/state'
import type { JobContext } from '../../run/job-context.ts'
import type { LockedStep } from '../../run/job-locks.ts'

/** What Ponte had recorded when the opportunity's lock was taken. */
export interface Recorded {
  /** Undefined when Ponte has no record of the opportunity. */
  readonly history: MarkHistory | undefined
  readonly isHidden: boolean
  /** Milliseconds since 1970, when known: since when Ponte has worked for the tenant. */
  readonly tenantStart: number | undefined
}

/** Runs `work` under the opportunity's lock, with what was recorded then: taking the lock and reading are one step. */
export function lockedOpportunity<Result>(
  opportunityId: string,
  { marks, tenant, locked }: JobContext,
  work: (recorded: Recorded) => Promise<Result>,
  options: Pick<LockedStep, 'keepsOnFailure'> = {},
): Promise<Result> {
  const history = marks.readingOf(opportunityId)
  const hidden = marks.hiddenOf(opportunityId)
  const start = tenantStartOf(tenant.name)
  return locked(
    [opportunityLock(opportunityId)],
    valueOf => work({ history: valueOf(history), isHidden: valueOf(hidden), tenantStart: valueOf(start) }),
    { ...options, readings: [history, hidden, start] },
  )
}
