import { isEventName, isJobName, isRecord } from '@ponte/contracts'
import { createFigureCounts, type EntryFigures, type FigureCounts, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'

/** What one run counts (docs/behaviour.md#figures). */
export interface RunFigures {
  /** What was done, even if the run fails afterwards. */
  readonly done: FigureCounts
  /** Counts only when the job ends with this run. A job that ends twice, because its worker died in between, counts once. */
  readonly atEnd: FigureCounts
  /** Call it when the run fails but Ponte tries again with another job: the event has not ended. */
  goesOn(): void
  readonly isOver: () => boolean
}

export function createRunFigures(): RunFigures {
  let isOver = true
  return {
    done: createFigureCounts(),
    atEnd: createFigureCounts(),
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
  // A round continues an event that another job began. When it is skipped, it ends nothing.
  if (isRound && outcome === 'skipped') return figures
  const event = isJobName(job.name) || job.name === 'delivery' ? job.name : 'unknown'
  atEnd.ended(event, outcome, outcome === 'failed' ? code : undefined)
  if (isEventName(event)) {
    if (outcome !== 'failed' && !isRound && isFirstTry(job)) atEnd.firstTry()
    if (outcome === 'done') atEnd.took(at - Date.parse(receivedAt))
  }
  return { ...figures, ends: atEnd.counts }
}

/** A retry by a person resets the attempts, but keeps the stack trace of the earlier failure. */
const isFirstTry = ({ attemptsMade, stacktrace }: JobOfRun): boolean =>
  attemptsMade === 0 && (stacktrace ?? []).length === 0
