import type { Failure, JobData } from '@ponte/contracts'
import { failingText, finalText } from '@ponte/mappers'
import { jobOptions } from '@ponte/runtime'
import { type MarkHistory, neverMarked } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import type { Attempt } from '../mark/plan/decide-attempt.ts'
import { requestStatusRdWrite } from './request-status-rd-write.ts'
import { wantedStatusRd } from './status-field.ts'

const ROUND_JOB = 'round-'
const FAILED_JOBS_KEPT = 20

export interface FailedRound {
  readonly data: JobData<'opportunity.updated'>
  readonly attempt: Attempt
  readonly failure: Failure
  /** What is recorded of the opportunity; undefined when nothing is. */
  readonly recorded: MarkHistory | undefined
}

type RoundContext = Pick<JobContext, 'tenant' | 'queues' | 'marks' | 'underLocks' | 'jobId' | 'stalled'>

/**
 * Has `statusRD` say what failed, schedules the next round if there is one, and records the round. In this order: a run that is
 * cut off in between runs again as the same round, and the jobs that it had added find nothing to do.
 * See docs/behaviour.md#rounds.
 */
export async function recordFailedRound(
  { data, attempt, failure, recorded }: FailedRound,
  context: RoundContext,
): Promise<void> {
  const { marks, tenant, queues, underLocks } = context
  const { rounds, pauseSeconds, field } = tenant.settings.statusRd
  const { attemptId, round, fingerprint } = attempt
  const { opportunityId } = data
  const pauseMs = pauseSeconds * 1000 * 2 ** (round - 1)
  const isLast = round >= rounds
  const text = isLast
    ? finalText({ code: failure.code, rounds, field })
    : failingText({ code: failure.code, round, rounds, pauseSeconds: pauseMs / 1000 })

  await requestStatusRdWrite(data, context)
  if (!isLast) {
    const next = { series: attemptId, number: round + 1 }
    await queues['rd-station'].add(
      'opportunity.updated',
      { ...data, round: next },
      { ...jobOptions(tenant.settings.retry), jobId: `${ROUND_JOB}${attemptId}-${next.number}`, delay: pauseMs },
    )
  }
  const history: MarkHistory = recorded ?? { ...neverMarked, undecided: true }
  const failedBefore = (history.failing?.failedJobs ?? []).filter(jobId => jobId !== context.jobId)
  const failed: MarkHistory = {
    ...history,
    failing: {
      attemptId,
      round,
      code: failure.code,
      fingerprint,
      jobId: context.jobId,
      stalled: context.stalled,
      failedJobs: [...failedBefore, context.jobId].slice(-FAILED_JOBS_KEPT),
      ...(isLast ? {} : { nextAt: Date.now() + pauseMs }),
    },
    statusRd: wantedStatusRd(text, history, attempt),
  }
  await underLocks({ changes: marks.writingOf(opportunityId, failed) })
  // The newest failure says everything; the rounds before it would be counted as further failures.
  for (const jobId of failedBefore.filter(isRoundJob)) await queues['rd-station'].remove(jobId).catch(() => 0)
}

const isRoundJob = (jobId: string): boolean => jobId.startsWith(ROUND_JOB)
