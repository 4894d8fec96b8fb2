import { randomUUID } from 'node:crypto'
import { type Failure, type JobData, say } from '@ponte/contracts'
import { failingText, finalText, recoveredText, type StatusRdReading } from '@ponte/mappers'
import { jobOptions, retryInFull } from '@ponte/runtime'
import type { MarkHistory } from '@ponte/state'
import type { JobContext } from '../run/job-context.ts'
import { isNewRequest, humanActionIn, wantedStatusRd } from './status-field.ts'

const ROUND_JOB = 'round-'
const FAILED_JOBS_KEPT = 20
/** A round that has not begun this long after its time will not begin by itself. */
const OVERDUE_MS = 60_000

/** Which round of the statusRD loop a run is, and the fingerprint of what its mark depends on. */
export interface Attempt {
  readonly series: string
  readonly round: number
  readonly basis: string
  /** What a person did that it follows: asked for it in `statusRD`, or changed or retried something. */
  readonly humanAction: 'request' | 'change' | undefined
}

/** May this run try the mark, and as which round? SPEC §2.3. */
export type Permission =
  | ({ readonly allowed: true } & Omit<Attempt, 'basis'>)
  | { readonly allowed: false; readonly reason: string }

export interface Try {
  readonly data: JobData<'opportunity.updated'>
  readonly history: MarkHistory
  /** Fingerprint of what the mark depends on, as read now. */
  readonly basis: string
  /** What `statusRD` says now. */
  readonly reading: StatusRdReading
}

/**
 * Without an open failure every run may try. With one, a run may try when it is the round that Ponte scheduled, when a person
 * changed what the mark depends on or asked for it in `statusRD`, or when a person retried the failed job. Anything else is the
 * echo of Ponte's own write, or a repeat.
 */
export function decideAttempt({ data, history, basis, reading }: Try, context: JobContext): Permission {
  const { failing } = history
  const fresh = (humanAction: Attempt['humanAction']): Permission => ({
    allowed: true,
    series: randomUUID(),
    round: 1,
    humanAction,
  })
  const word = humanActionIn(reading, history)
  if (failing === undefined) return fresh(word)
  const { attemptId: series, round, nextAt } = failing
  const cameBackFromCrash = failing.jobId === context.jobId && context.stalled > failing.stalled
  if (cameBackFromCrash) return { allowed: true, series, round, humanAction: undefined }
  const wasRetriedByHand = failing.failedJobs.includes(context.jobId)
  if (wasRetriedByHand) return fresh(word ?? 'change')
  if (data.round !== undefined) {
    return isNextRound(data, failing)
      ? { allowed: true, series, round: data.round.number, humanAction: undefined }
      : { allowed: false, reason: roundIsOver }
  }
  if (basis !== failing.fingerprint || word !== undefined) return fresh(word ?? 'change')
  if (nextAt === undefined) return { allowed: false, reason: say('all rounds are used; it waits for a person') }
  // The job of the round has gone (removed by hand, or it failed before it could read anything): the loop goes on all the same.
  if (Date.now() > nextAt + OVERDUE_MS) return { allowed: true, series, round: round + 1, humanAction: undefined }
  return { allowed: false, reason: say('the next round begins at {time}', { time: new Date(nextAt).toISOString() }) }
}

const roundIsOver = say('this round belongs to a failure that is over')

type Failing = NonNullable<MarkHistory['failing']>

const isNextRound = ({ round }: JobData<'opportunity.updated'>, failing: Failing): boolean =>
  round?.series === failing.attemptId && round.number === failing.round + 1

/**
 * Why a round has nothing to do, whatever the opportunity says: another failure has taken the place of its own. Known before the
 * opportunity is read, because such a round that failed at reading would stay failed for good, in no list of the ledger.
 */
export function supersededRound(
  data: JobData<'opportunity.updated'>,
  { failing }: MarkHistory,
  { jobId }: JobContext,
): string | undefined {
  if (data.round === undefined || failing === undefined || isNextRound(data, failing)) return undefined
  return failing.jobId === jobId || failing.failedJobs.includes(jobId) ? undefined : roundIsOver
}

/** A run that failed before it had read the opportunity: which round was it, if any? */
export function attemptBeforeReading(
  data: JobData<'opportunity.updated'>,
  { failing }: MarkHistory,
  { jobId }: JobContext,
): Attempt | undefined {
  const wasRetriedByHand = failing?.failedJobs.includes(jobId) === true
  const humanAction = wasRetriedByHand ? 'change' : undefined
  const fresh = { series: randomUUID(), round: 1, basis: failing?.fingerprint ?? '', humanAction } as const
  if (failing === undefined || wasRetriedByHand) return fresh
  return isNextRound(data, failing)
    ? { series: failing.attemptId, round: failing.round + 1, basis: failing.fingerprint, humanAction: undefined }
    : undefined
}

export interface FailedTry {
  readonly data: JobData<'opportunity.updated'>
  readonly attempt: Attempt
  readonly failure: Failure
}

/**
 * Has `statusRD` say what failed, schedules the next round, if there is one, and keeps the round. In this order: a run that is cut
 * off in between runs again as the same round, and what was added before is harmless (jobs that find nothing to do).
 */
export async function recordFailedRound({ data, attempt, failure }: FailedTry, context: JobContext): Promise<void> {
  const { marks, tenant, queues } = context
  const { rounds, pauseSeconds, field } = tenant.settings.statusRd
  const { series, round, basis } = attempt
  const { opportunityId } = data
  const pauseMs = pauseSeconds * 1000 * 2 ** (round - 1)
  const isLast = round >= rounds
  const text = isLast
    ? finalText({ code: failure.code, rounds, field })
    : failingText({ code: failure.code, round, rounds, pauseSeconds: pauseMs / 1000 })

  await requestStatusRdWrite(data, context)
  if (!isLast) {
    const next = { series, number: round + 1 }
    await queues['rd-station'].add(
      'opportunity.updated',
      { ...data, round: next },
      { ...jobOptions(tenant.settings.retry), jobId: `${ROUND_JOB}${series}-${next.number}`, delay: pauseMs },
    )
  }
  const history = (await marks.find(opportunityId)) ?? { marked: 'none', undecided: true }
  const failedBefore = (history.failing?.failedJobs ?? []).filter(jobId => jobId !== context.jobId)
  await marks.write(opportunityId, {
    ...history,
    failing: {
      attemptId: series,
      round,
      code: failure.code,
      fingerprint: basis,
      jobId: context.jobId,
      stalled: context.stalled,
      failedJobs: [...failedBefore, context.jobId].slice(-FAILED_JOBS_KEPT),
      ...(isLast ? {} : { nextAt: Date.now() + pauseMs }),
    },
    statusRd: wantedStatusRd(text, history, attempt),
  })
  // The newest failure tells all; the rounds before it would only blur the count of what is wrong.
  for (const jobId of failedBefore.filter(isRoundJob)) await queues['rd-station'].remove(jobId).catch(() => 0)
}

/**
 * After a success that follows a failure, or when a person asked for it, `statusRD` says how RD Station stands, and the jobs that had
 * failed are settled. The failure is forgotten last: a run that is cut off before does all of it again.
 */
export async function recordRecovery(
  { data, history: { failing, ...history }, basis, reading, humanAction: action }: Try & Pick<Attempt, 'humanAction'>,
  context: JobContext,
): Promise<void> {
  const isRequest = isNewRequest(reading, history)
  if (failing === undefined && !isRequest) return
  const text = recoveredText({ code: failing?.code, marked: history.marked })
  await requestStatusRdWrite(data, context)
  for (const jobId of failing?.failedJobs ?? []) await settleFailedJob(jobId, context)
  const humanAction = isRequest ? 'request' : action
  await context.marks.write(data.opportunityId, {
    ...history,
    statusRd: wantedStatusRd(text, history, { basis, humanAction }),
  })
}

const isRoundJob = (jobId: string): boolean => jobId.startsWith(ROUND_JOB)

/** A job that failed before the mark was made has nothing left to do: it runs once more, says so and is done. */
async function settleFailedJob(jobId: string, { jobId: own, queues }: JobContext): Promise<void> {
  const job = jobId === own ? undefined : await queues['rd-station'].getJob(jobId)
  if (job !== undefined) await retryInFull(job)
}

/** A job of its own, so that a CRM that refuses or misses the write never hides what happened here. */
async function requestStatusRdWrite(
  { round: _round, ...data }: JobData<'opportunity.updated'>,
  { queues, tenant }: JobContext,
): Promise<void> {
  await queues['totvs-crm'].add('status-rd.changed', data, {
    ...jobOptions(tenant.settings.retry),
    jobId: `status-rd-${randomUUID()}`,
  })
}
