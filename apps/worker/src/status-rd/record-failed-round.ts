import { randomUUID } from 'node:crypto'
import { eventOfJob, type Failure, type JobData, type MarkEventName } from '@ponte/contracts'
import { failingText, finalText } from '@ponte/mappers'
import { jobOptions } from '@ponte/runtime'
import type { FailingMark, StatusField, StatusRecord } from '@ponte/state'
import type { Job } from 'bullmq'
import type { JobContext } from '../run/job-context.ts'
import type { Round } from './decide-round.ts'
import { endJobs, requestStatusRdWrite, supersedeJobs, wantedField } from './record-status.ts'

const ROUND_JOB = /^round-\d+-/
const FAILED_JOBS_KEPT = 20

export interface FailedRound {
  readonly data: JobData<'opportunity.updated'>
  readonly event: MarkEventName
  readonly round: Round
  readonly failure: Failure
  readonly status: StatusRecord
}

type RoundContext = Pick<JobContext, 'tenant' | 'queues' | 'statuses' | 'underLocks' | 'jobId' | 'retry' | 'timelines'>

/**
 * Has `statusRD` say what failed, schedules the next round if there is one, and records the round. The order matters: a run that is cut off
 * in between repeats as the same round, and finds the next round's job already there. See docs/behaviour/status-rd.md#rounds.
 */
export async function recordFailedRound(
  { data, event, round: tried, failure, status }: FailedRound,
  context: RoundContext,
): Promise<void> {
  const { statuses, tenant, queues, underLocks, jobId, retry } = context
  const { rounds, pauseSeconds, field } = tenant.settings.statusRd
  const { round, fingerprint } = tried
  const { opportunityId } = data
  const pauseMs = pauseSeconds * 1000 * 2 ** (round - 1)
  const isLast = round >= rounds
  const text = isLast
    ? finalText({ code: failure.code, rounds, field })
    : failingText({ code: failure.code, round, rounds, pauseSeconds: pauseMs / 1000 })

  await requestStatusRdWrite(data, context)
  // Named after the job that failed first and its last retry: recorded twice, it is added once. A round's job that begins fresh rounds (its
  // failure was over, or a person retried it) gives them names of their own.
  const isAfresh = round === 1 && ROUND_JOB.test(jobId)
  const first = [jobId.replace(ROUND_JOB, isAfresh ? 'afresh-' : ''), ...(retry === undefined ? [] : [retry])].join('-')
  const next = isLast ? undefined : `round-${round + 1}-${first}`
  if (next !== undefined) {
    const options = { ...jobOptions(tenant.settings.retry), jobId: next, delay: pauseMs }
    await queues['rd-station'].add(event, { ...data, round: round + 1 }, options)
  }
  const failedBefore = (status.failing?.failedJobs ?? []).filter(id => id !== jobId)
  await underLocks({
    changes: [
      statuses.writingOf(opportunityId, {
        ...status,
        failing: {
          round,
          code: failure.code,
          fingerprint,
          ...(retry !== undefined && { retry }),
          failedJobs: [...failedBefore, jobId].slice(-FAILED_JOBS_KEPT),
          ...(next !== undefined && { next: { jobId: next, at: Date.now() + pauseMs } }),
        },
        field: wantedField(text, status, tried),
      }),
    ],
  })
  // The newest failure says everything: earlier events and rounds would be counted as further failures. At most one next round stays.
  const over = failedBefore.filter(id => id !== next)
  const stays = (job: Job): boolean => eventOfJob(job).key === data.key && !ROUND_JOB.test(job.id ?? '')
  await supersedeJobs('rd-station', over, { ...context, stays })
  const before = status.failing?.next?.jobId
  await endJobs(before === undefined || before === next ? [] : [before], context)
}

export interface AskedAgain {
  readonly data: JobData<'status-rd.changed'>
  readonly status: StatusRecord & { readonly failing: FailingMark; readonly field: StatusField }
}

/**
 * A person wrote `REENVIAR` after the last failed round had read the field. Fresh rounds begin at once, and their result is written instead
 * of that round's text. See docs/behaviour/status-rd.md#fresh-rounds.
 */
export async function restartRounds(
  { data, status: { failing, field, ...status } }: AskedAgain,
  context: RoundContext,
): Promise<void> {
  const { statuses, tenant, queues, underLocks } = context
  // A new id each time. If a run is cut off before this is recorded, the job that it added finds nothing to do.
  const first = `round-1-${randomUUID()}`
  await queues['rd-station'].add(
    'opportunity.updated',
    { ...data, round: 1 },
    { ...jobOptions(tenant.settings.retry), jobId: first },
  )
  const asked = {
    failing: { ...failing, round: 0, next: { jobId: first, at: Date.now() } },
    field: { ...field, followed: true, writes: 0 },
  }
  await underLocks({ changes: [statuses.writingOf(data.opportunityId, { ...status, ...asked })] })
  await endJobs(failing.next === undefined ? [] : [failing.next.jobId], context)
}
