import type { Job, RetryOptions } from 'bullmq'

/** BullMQ's own retry gives one run, after which the job has failed for good once more (reference stack.md §1.6). */
export const resetAttempts: RetryOptions = { resetAttemptsMade: true, resetAttemptsStarted: true }

/** BullMQ's ErrorCode (5 and 6): the job is gone, or not among the failed ones. */
const movedOn: ReadonlySet<unknown> = new Set([-1, -3])

/**
 * Starts the whole series of attempts of a failed job again. False when it is failed no longer: somebody else retried or removed
 * it. Rejects when Redis does not answer.
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
