import type { JobData } from '@ponte/contracts'
import { recoveredText, type StatusRdReading } from '@ponte/mappers'
import { retryInFull } from '@ponte/runtime'
import type { MarkHistory } from '@ponte/state'
import type { Attempt } from '../mark/plan/decide-attempt.ts'
import type { JobContext } from '../run/job-context.ts'
import { requestStatusRdWrite } from './request-status-rd-write.ts'
import { isNewRequest, wantedStatusRd } from './status-field.ts'

export interface Recovery {
  readonly data: JobData<'opportunity.updated'>
  readonly attempt: Attempt
  readonly reading: StatusRdReading
  readonly history: MarkHistory
}

/** Whether `recordRecovery` has anything to do. */
export const needsRecovery = (reading: StatusRdReading, history: MarkHistory): boolean =>
  history.failing !== undefined || isNewRequest(reading, history)

/**
 * After a success that follows a failure, or when a person asked for it, `statusRD` says what was marked, and the jobs
 * that had failed run once more and end. The failure is forgotten last: a run that is cut off before does all of it again.
 */
export async function recordRecovery(
  { data, attempt, reading, history: recorded }: Recovery,
  context: JobContext,
): Promise<void> {
  if (!needsRecovery(reading, recorded)) return
  const { failing, ...history } = recorded
  const isRequest = isNewRequest(reading, history)
  const text = recoveredText({ code: failing?.code, marked: history.marked })
  await requestStatusRdWrite(data, context)
  for (const jobId of failing?.failedJobs ?? []) await endFailedJob(jobId, context)
  const humanAction = isRequest ? 'request' : attempt.humanAction
  const statusRd = wantedStatusRd(text, history, { fingerprint: attempt.fingerprint, humanAction })
  await context.underLocks({ changes: context.marks.writingOf(data.opportunityId, { ...history, statusRd }) })
}

/** A job that failed before the mark was made has nothing left to do: it runs once more, says so and is done. */
async function endFailedJob(jobId: string, { jobId: own, queues }: JobContext): Promise<void> {
  const job = jobId === own ? undefined : await queues['rd-station'].getJob(jobId)
  if (job !== undefined) await retryInFull(job)
}
