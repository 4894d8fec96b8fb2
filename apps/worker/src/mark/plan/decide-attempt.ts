import { type JobData, message, type Message } from '@ponte/contracts'
import type { StatusRdReading } from '@ponte/mappers'
import type { MarkHistory } from '@ponte/state'
import { type HumanAction, humanActionIn } from '../../status-rd/status-field.ts'

/** A round that has not begun this long after its time will not begin by itself. */
const OVERDUE_MS = 60_000

/** Which round of the statusRD loop a run is, and the fingerprint of what its mark depends on. */
export interface Attempt {
  /** Rounds count within an attempt; a person's change begins a new one. */
  readonly attemptId: string
  readonly round: number
  readonly fingerprint: string
  readonly humanAction: HumanAction | undefined
}

/** What a run brings to a decision besides what it has read. */
export interface Run {
  readonly jobId: string
  /** How often the job was taken over from a worker that died. */
  readonly stalled: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** For an attempt that begins with this run. */
  readonly newAttemptId: string
}

/** May this run try the mark, and as which round? */
export type Permission =
  | ({ readonly allowed: true } & Omit<Attempt, 'fingerprint'>)
  | { readonly allowed: false; readonly reason: Message }

export interface Read {
  readonly data: JobData<'opportunity.updated'>
  readonly history: MarkHistory
  /** Of what the mark depends on, as read now. */
  readonly fingerprint: string
  /** What `statusRD` says now. */
  readonly reading: StatusRdReading
}

/**
 * Without an open failure every run may try. With one, a run may try when it is the round that Ponte scheduled, when a person
 * changed what the mark depends on or asked for it in `statusRD`, or when a person retried the failed job. Any other run is the
 * echo of Ponte's own write, or a repeat. See docs/behaviour.md#fresh-rounds.
 */
export function decideAttempt({ data, history, fingerprint, reading }: Read, run: Run): Permission {
  const { failing } = history
  const fresh = (humanAction: HumanAction | undefined): Permission => ({
    allowed: true,
    attemptId: run.newAttemptId,
    round: 1,
    humanAction,
  })
  const written = humanActionIn(reading, history)
  if (failing === undefined) return fresh(written)
  const { attemptId, round, nextAt } = failing
  const cameBackFromCrash = failing.jobId === run.jobId && run.stalled > failing.stalled
  if (cameBackFromCrash) return { allowed: true, attemptId, round, humanAction: undefined }
  const wasRetriedByHand = failing.failedJobs.includes(run.jobId)
  if (wasRetriedByHand) return fresh(written ?? 'change')
  if (data.round !== undefined) {
    return isNextRound(data, failing)
      ? { allowed: true, attemptId, round: data.round.number, humanAction: undefined }
      : { allowed: false, reason: roundIsOver }
  }
  if (fingerprint !== failing.fingerprint || written !== undefined) return fresh(written ?? 'change')
  if (nextAt === undefined) return { allowed: false, reason: message('rounds-used') }
  // The job of the round is gone: somebody removed it, or it failed before it could read anything. The rounds go on all the same.
  if (run.now > nextAt + OVERDUE_MS) return { allowed: true, attemptId, round: round + 1, humanAction: undefined }
  return { allowed: false, reason: message('round-later', { time: new Date(nextAt).toISOString() }) }
}

const roundIsOver = message('round-superseded')

type Failing = NonNullable<MarkHistory['failing']>

const isNextRound = ({ round }: JobData<'opportunity.updated'>, failing: Failing): boolean =>
  round?.series === failing.attemptId && round.number === failing.round + 1

/**
 * Why a round has nothing to do, whatever the opportunity says: another failure has replaced its own. Asked before the
 * opportunity is read: if such a round failed at reading, it would stay failed for ever, and no record would name it.
 */
export function supersededRound(
  data: JobData<'opportunity.updated'>,
  { failing }: MarkHistory,
  { jobId }: Pick<Run, 'jobId'>,
): Message | undefined {
  if (data.round === undefined || failing === undefined || isNextRound(data, failing)) return undefined
  return failing.jobId === jobId || failing.failedJobs.includes(jobId) ? undefined : roundIsOver
}

/** Which attempt a run was that failed before it had read the opportunity, if it was one. */
export function attemptBeforeReading(
  data: JobData<'opportunity.updated'>,
  { failing }: MarkHistory,
  { jobId, newAttemptId }: Pick<Run, 'jobId' | 'newAttemptId'>,
): Attempt | undefined {
  const wasRetriedByHand = failing?.failedJobs.includes(jobId) === true
  const humanAction = wasRetriedByHand ? 'change' : undefined
  const fresh = { attemptId: newAttemptId, round: 1, fingerprint: failing?.fingerprint ?? '', humanAction } as const
  if (failing === undefined || wasRetriedByHand) return fresh
  const { attemptId, round, fingerprint } = failing
  return isNextRound(data, failing) ? { attemptId, round: round + 1, fingerprint, humanAction: undefined } : undefined
}
