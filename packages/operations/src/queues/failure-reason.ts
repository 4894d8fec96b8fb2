import { codeOfReason, type FailureTitle, failureTitle, type Language, type ReasonCode } from '@ponte/contracts'
import { failureDetails } from '../failures/vendor-answers.ts'
import { textMask } from '../masking/masking.ts'
import { type User } from '../users/user.ts'
import type { Job } from 'bullmq'
import type { OperationsDeps } from '../operations-deps.ts'
import type { QueueRef } from './queue-ref.ts'

/** Why a job has failed, masked for its reader. */
export interface FailureReason extends FailureTitle {
  readonly code: ReasonCode
}

interface Reader {
  readonly language: Language
  readonly user: User | undefined
}

/** Why these jobs of a queue have failed, by job id: the same words on every page that shows a failed event. */
export async function readReasons(
  { vendorAnswers }: Pick<OperationsDeps, 'vendorAnswers'>,
  { queue }: Pick<QueueRef, 'queue'>,
  jobs: readonly Job[],
  { language, user }: Reader,
): Promise<ReadonlyMap<string, FailureReason>> {
  const failed = jobs.flatMap(job => {
    const { id, failedReason: reason, finishedOn: failedAt = 0 } = job
    return id === undefined || !reason ? [] : { id, reason, failedAt, code: codeOfReason(reason), data: job.data }
  })
  const answers = await vendorAnswers.ofJobs(queue, failed, user)
  return new Map(
    failed.map(({ id, reason, code, data }) => {
      const details = failureDetails([reason], code, textMask(user, data))
      return [id, { code, ...failureTitle({ code, answer: answers.get(id), details }, language) }]
    }),
  )
}
