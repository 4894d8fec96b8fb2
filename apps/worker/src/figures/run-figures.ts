import { isEventName, isJobName, isRecord } from '@ponte/contracts'
import { createFigureCounts, type EntryFigures, type FigureCounts, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'

/** What one run counts (docs/behaviour.md#figures). */
export interface RunFigures {
  /** What was done, whatever becomes of the run afterwards. */
  readonly done: FigureCounts
  /** Counts only when the job ends with this run, and once if it ends twice because its worker died in between. */
  readonly atEnd: FigureCounts
  /** The run fails, and Ponte tries again by itself with another job: the event has not ended. */
  goesOn(): void
  readonly isOver: () => boolean
}

export function createRunFigures(): RunFigures {
  let isOver = true
  return {
    ...{ done: createFigureCounts(), atEnd: createFigureCounts() },
    goesOn: () => void (isOver = false),
    isOver: () => isOver,
  }
}

type JobOfRun = Pick<Job, 'name' | 'data' | 'attemptsMade' | 'stacktrace' | 'stalledCounter'>

/** What is recorded with the end of a run. `receivedAt`: when the event was delivered. */
export function figuresOfRun(
  job: JobOfRun,
  { outcome, code, at, receivedAt }: Pick<TimelineRun, 'outcome' | 'code' | 'at'> & { readonly receivedAt: string },
  { done, atEnd, isOver }: RunFigures,
): EntryFigures {
  const figures = { counts: done.counts, ends: new Map<string, number>(), isTakenOver: job.stalledCounter > 0 }
  if (outcome === 'retrying' || outcome === 'delayed' || !isOver()) return figures
  const isRound = isRecord(job.data) && job.data.round !== undefined
  // A round is its event once more: one that has nothing to do ends nothing.
  if (isRound && outcome === 'skipped') return figures
  const event = isJobName(job.name) || job.name === 'delivery' ? job.name : 'unknown'
  atEnd.ended(event, outcome, outcome === 'failed' ? code : undefined)
  if (isEventName(event)) {
    if (outcome !== 'failed' && !isRound && isFirstTry(job)) atEnd.firstTry()
    if (outcome === 'done') atEnd.took(at - Date.parse(receivedAt))
  }
  return { ...figures, ends: atEnd.counts }
}

/** A retry by a person begins with the first attempt; the stack trace of the failure before it stays. */
const isFirstTry = ({ attemptsMade, stacktrace }: JobOfRun): boolean =>
  attemptsMade === 0 && (stacktrace ?? []).length === 0
