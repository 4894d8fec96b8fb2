import type { Job, RetryOptions } from 'bullmq'

/** Without these, BullMQ's retry gives a job one more run instead of all its attempts. */
export const resetAttempts: RetryOptions = { resetAttemptsMade: true, resetAttemptsStarted: true }

/** BullMQ's ErrorCode (5 and 6): the job is gone, or not among the failed ones. */
const movedOn: ReadonlySet<unknown> = new Set([-1, -3])

/**
 * Retries a failed job with all its attempts. False when it is no longer failed, because somebody else has retried or removed it.
 * Rejects when Redis does not answer.
 */
export async function retryInFull(job: Job): Promise<boolean> {
  try {
    await job.retry('failed', resetAttempts)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && movedOn.has(error.code)) return false
    throw error
  }
}
