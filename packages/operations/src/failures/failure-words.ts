import {
  codeOfReason,
  failureSentence,
  type FailureTitle,
  failureTitle,
  isFailureCode,
  type Language,
  type ReasonCode,
  textsOfFailure,
} from '@ponte/contracts'
import type { Job } from 'bullmq'
import { failureDetails, MAX_DIFFERENT, type VendorAnswer } from './vendor-answers.ts'
import { textMask } from '../masking/masking.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import type { QueueRef } from '../queues/queue-ref.ts'
import type { User } from '../users/user.ts'

export interface CauseTitle extends FailureTitle {
  /** Several answers of the other system, each as a sentence. Empty when it gave one, which is in the title, or none. */
  readonly answers: readonly { readonly title: string; readonly times: number }[]
}

interface CauseTexts {
  readonly code: ReasonCode
  readonly answers: readonly VendorAnswer[]
  readonly details: readonly string[]
}

/** What all failures of a cause have in common. The other system's answer is their title if it gave the same to all. */
export function causeTitle({ code, answers: all, details }: CauseTexts, language: Language): CauseTitle {
  const answers = all.slice(0, MAX_DIFFERENT)
  const [first, ...others] = answers
  if (others.length === 0) return { ...failureTitle({ code, answer: first?.text, details }, language), answers: [] }
  const { title, raw } = failureTitle({ code, details }, language)
  return {
    title,
    raw: [...raw, ...answers.map(({ text }) => text)],
    answers: answers.map(({ text, times }) => ({ title: failureTitle({ code, answer: text }, language).title, times })),
  }
}

/** What a failure code means, what to do and where it is documented. Empty texts for a code that is not Ponte's. */
export function describeFailure(
  code: string,
  language: Language,
): { sentence: string; solution: string; page: string } {
  if (!isFailureCode(code)) return { sentence: '', solution: '', page: '' }
  return {
    sentence: failureSentence(code, language),
    solution: textsOfFailure(code, language).solution,
    page: `${language === 'en' ? 'docs/failures.md' : 'docs/failures.pt-BR.md'}#${code.toLowerCase()}`,
  }
}

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
