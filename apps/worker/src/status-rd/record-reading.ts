import { retryInFull } from '@ponte/runtime'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'

export interface NewReading {
  readonly opportunityId: string
  readonly before: MarkHistory
  /** With what the field shows (`noteReading`). */
  readonly after: MarkHistory
}

/**
 * Records what the field shows, when it is new. Once it shows a text of Ponte's, the job that had failed because it did not runs
 * once more, says so and is done.
 */
export async function recordReading({ opportunityId, before, after }: NewReading, context: JobContext): Promise<void> {
  if (JSON.stringify(after) === JSON.stringify(before)) return
  const { marks, jobId, queues, statusField, underLocks } = context
  const isShownAgain = before.statusRd?.seen !== true && after.statusRd?.seen === true
  await underLocks({
    changes: [...marks.writingOf(opportunityId, after), ...(isShownAgain ? [statusField.forgetting()] : [])],
  })
  const failed = before.statusRd?.unreadable
  if (failed === undefined || after.statusRd?.unreadable !== undefined || failed.jobId === jobId) return
  const job = await queues['totvs-crm'].getJob(failed.jobId)
  if (job !== undefined) await retryInFull(job)
}
