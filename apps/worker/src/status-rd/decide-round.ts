import { message, type SkipReason } from '@ponte/contracts'
import type { StatusRdReading } from '@ponte/mappers'
import type { FailingMark, StatusRecord } from '@ponte/state'

/** A round that has not begun this long after its time will not begin by itself. */
const OVERDUE_MS = 60_000

/** What a person did: asked for another try in `statusRD`, or changed or retried something. */
export type HumanAction = 'request' | 'change'

/** Which round of the statusRD loop a run is, and the fingerprint of what its mark depends on. */
export interface Round {
  readonly round: number
  readonly fingerprint: string
  readonly humanAction: HumanAction | undefined
}

/** What a run brings to a decision besides what it has read. */
export interface Run {
  readonly jobId: string
  /** It is the job of a round that Ponte scheduled. */
  readonly isRound: boolean
  /** Identifies the last retry of the job by a person: each retry has another value. */
  readonly retry: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** May this run try the mark, and as which round? */
export type Permission = ({ readonly allowed: true } & Round) | { readonly allowed: false; readonly reason: SkipReason }

export interface Read {
  readonly status: StatusRecord
  /** Of what the mark depends on, as read now. */
  readonly fingerprint: string
  /** What `statusRD` says now. */
  readonly reading: StatusRdReading
}

/**
 * Without an open failure every run may try. With one, only the round that Ponte scheduled may, or a run after a person acted. Acting
 * means: changing what the mark depends on, asking in `statusRD`, or retrying the failed job. A failed job that merely came again (its
 * failure was not recorded, its worker died) is the same round. Any other run is the echo of Ponte's own write, or a repeat. See
 * docs/behaviour/status-rd.md#fresh-rounds.
 */
export function decideRound({ status, fingerprint, reading }: Read, run: Run): Permission {
  const { failing } = status
  const fresh = (humanAction: HumanAction | undefined): Permission => ({
    allowed: true,
    round: 1,
    fingerprint,
    humanAction,
  })
  const goesOn = (round: number): Permission => ({ allowed: true, round, fingerprint, humanAction: undefined })
  const written = humanActionIn(reading, status)
  if (failing === undefined) return fresh(written)
  const { round, next } = failing
  const own = roundOfJob(failing, run)
  if (own !== undefined) return own.humanAction === undefined ? goesOn(own.round) : fresh(written ?? own.humanAction)
  if (run.isRound) return { allowed: false, reason: roundIsOver }
  if (fingerprint !== failing.fingerprint || written !== undefined) return fresh(written ?? 'change')
  if (next === undefined) return { allowed: false, reason: message('rounds-used') }
  // The job of the round is gone: somebody removed it, or it failed before it could read anything. The rounds go on all the same.
  if (run.now > next.at + OVERDUE_MS) return round === 0 ? fresh('request') : goesOn(round + 1)
  return { allowed: false, reason: message('round-later', { time: new Date(next.at).toISOString() }) }
}

/** A person wrote `REENVIAR` into the field, or emptied it: once a text of Ponte's was read there, nobody else does. */
function humanActionIn(reading: StatusRdReading, status: StatusRecord): HumanAction | undefined {
  if (isNewRequest(reading, status)) return 'request'
  return reading === 'empty' && status.field?.state === 'shown' ? 'change' : undefined
}

/** A request that stays in the field, because no write of Ponte's replaces it, counts once. */
export const isNewRequest = (reading: StatusRdReading, { field }: StatusRecord): boolean =>
  reading === 'request' && field?.followed !== true

const roundIsOver = message('round-superseded')

/** The job has failed, and a person has retried it since. */
export const wasRetriedByHand = ({ failedJobs, retry }: FailingMark, run: Pick<Run, 'jobId' | 'retry'>): boolean =>
  failedJobs.includes(run.jobId) && run.retry !== undefined && (run.retry !== retry || failedJobs.at(-1) !== run.jobId)

/**
 * Why a round has nothing to do: another failure has replaced its own. Checked before the opportunity is read. If such a round failed while
 * reading, it would stay failed for ever, because no record names it.
 */
export const supersededRound = (
  { failing }: StatusRecord,
  { jobId, isRound }: Pick<Run, 'jobId' | 'isRound'>,
): SkipReason | undefined =>
  !isRound || failing === undefined || failing.next?.jobId === jobId || failing.failedJobs.includes(jobId)
    ? undefined
    : roundIsOver

/** The round of a run that failed before it had read the opportunity. Undefined when no record would name it. */
export const roundBeforeReading = ({ failing }: StatusRecord, run: Run): Round | undefined =>
  failing === undefined ? { round: 1, fingerprint: '', humanAction: undefined } : roundOfJob(failing, run)

/** The round of the failed job (retried by a person, or come again) or of the next round. Undefined for the job of another event. */
function roundOfJob(failing: FailingMark, run: Run): Round | undefined {
  const { fingerprint, round, next, failedJobs } = failing
  if (wasRetriedByHand(failing, run)) return { round: 1, fingerprint, humanAction: 'change' }
  if (round > 0 && failedJobs.at(-1) === run.jobId) return { round, fingerprint, humanAction: undefined }
  if (next?.jobId !== run.jobId) return undefined
  return { round: round + 1, fingerprint, humanAction: round === 0 ? 'request' : undefined }
}
