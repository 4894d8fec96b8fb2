import { randomUUID } from 'node:crypto'
import { isRecord } from '@ponte/contracts'
import type { Job, RetryOptions } from 'bullmq'

/** Without these, BullMQ's retry gives a job one more run instead of all its attempts. */
export const resetAttempts: RetryOptions = { resetAttemptsMade: true, resetAttemptsStarted: true }

/** BullMQ's ErrorCode (5 and 6): the job is gone, or not among the failed ones. */
const movedOn: ReadonlySet<unknown> = new Set([-1, -3])

/**
 * Call it before a person's retry. The mark tells that retry from a job that came again by itself, after a lost answer or its worker's
 * death. BullMQ's "progress" of a job is the only member that can be set without reading its data. Rejects when the job is gone.
 */
export const markRetry = (job: Job): Promise<void> => job.updateProgress({ retry: randomUUID() })

/** Identifies the last retry of a job by a person, if there was one: each retry has another text. */
export const readRetryMark = ({ progress }: Pick<Job, 'progress'>): string | undefined =>
  isRecord(progress) && typeof progress['retry'] === 'string' ? progress['retry'] : undefined

/**
 * Retries a failed job with all its attempts. False when it is no longer failed, because somebody else has retried or removed it.
 * Rejects when Redis does not answer.
 */
export async function retryInFull(job: Job): Promise<boolean> {
  try {
    await markRetry(job)
    await job.retry('failed', resetAttempts)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && movedOn.has(error.code)) return false
    throw error
  }
}
