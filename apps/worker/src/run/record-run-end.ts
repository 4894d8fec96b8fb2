import {
  changeStoredText,
  Failure,
  failureMessage,
  identifiedEventOfJob,
  isEventName,
  isJobName,
  isPlainRefusal,
  isRecord,
  type Message,
} from '@ponte/contracts'
import { MAX_LOG_LINES, readRetryMark } from '@ponte/runtime'
import {
  type Calendar,
  createDriftObserver,
  createFigureCounts,
  createTimelines,
  type DriftObserver,
  type EntryFigures,
  type FigureCounts,
  type Fingerprint,
  type Look,
  type TimelineEvent,
  type TimelineRun,
  type RedisClient,
} from '@ponte/state'
import type { Job } from 'bullmq'
import { RunInterrupted } from '../calls/job-delayed.ts'
import type { Reaction } from './reaction.ts'

/** How a run ended, as the timeline keeps it. */
export type RunEnd = Pick<TimelineRun, 'code' | 'summary' | 'answer' | 'opportunityId'> & {
  readonly outcome: 'done' | 'skipped' | 'retrying' | 'delayed' | 'failed'
}

/** The longest value in a message of a run, such as the paths of data that cannot be read. */
const MAX_CHARACTERS = 300

/** A delivery may hold thousands of events. Its timeline names the first ones, and a search finds it by this many people. */
const MAX_NAMED = 50
const MAX_IDENTITIES = 500

/** `jobKey`: the Redis key of its job. */
export interface DerivedEvent extends TimelineEvent {
  readonly jobKey: string
}

interface WithEnd {
  /** The events that were read from a quarantined delivery. */
  readonly derivedEvents?: readonly DerivedEvent[]
  /** For the log of the job. */
  readonly lines?: readonly string[]
  readonly figures?: RunFigures
  readonly drift?: DriftObserver
  readonly look?: Look
  /** A run of the shadow counts in no figures. */
  readonly isShadow?: boolean
}

export interface RunRecorderDeps {
  readonly redis: RedisClient
  readonly tenant: string
  readonly fingerprint: Fingerprint
  /** Decides to which day figures belong. */
  readonly calendar: Calendar
}

/**
 * Records the end of each run in one step: in the timeline of its event, in the log of its job, and in the figures. Never rejects: what
 * cannot be written must not fail a job.
 */
export function createRunRecorder({ redis, tenant, fingerprint, calendar }: RunRecorderDeps) {
  const timelines = createTimelines(redis, tenant, fingerprint, calendar)
  return async function recordRunEnd(
    job: Job,
    end: RunEnd,
    {
      derivedEvents = [],
      lines = [],
      figures = createRunFigures(),
      drift = createDriftObserver(),
      look,
      isShadow = false,
    }: WithEnd = {},
  ): Promise<void> {
    const { outcome, code, summary, answer, opportunityId } = end
    const { identities, ...event } = await identifiedEventOfJob(job)
    const allIdentities = [
      ...identities,
      ...(opportunityId === undefined ? [] : [opportunityId]),
      ...derivedEvents.flatMap(each => each.identities),
    ]
    const named = derivedEvents.slice(0, MAX_NAMED).map(({ event: name, key }) => ({ event: name, key }))
    const run: TimelineRun = {
      kind: 'run',
      at: Date.now(),
      event: job.name,
      jobId: event.jobId,
      retry: readRetryMark(job),
      code,
      opportunityId,
      outcome,
      summary: summary === undefined ? undefined : changeStoredText(summary, text => text.slice(0, MAX_CHARACTERS)),
      ...(answer !== undefined && { answer }),
      ...(named.length > 0 && { derivedEvents: named }),
    }
    const of = { ...event, identities: allIdentities.slice(0, MAX_IDENTITIES) }
    const jobKey = `${job.queueQualifiedName}:${job.id}`
    const derivedJobs = derivedEvents.map(each => each.jobKey)
    const log = { lines, mostLines: MAX_LOG_LINES }
    const counted = figuresOfRun(job, { ...run, receivedAt: event.receivedAt }, figures)
    // A job that comes again and again has one delivery, so it counts at its end.
    const isOver = outcome !== 'retrying' && outcome !== 'delayed'
    if (isOver && isRecord(job.data)) drift.seeText(job.data.seen, event.key)
    await timelines
      .record(of, run, {
        jobKey,
        derivedJobs,
        log,
        ...(!isShadow && { figures: counted }),
        drift,
        ...(look && { look }),
      })
      .catch(() => undefined)
  }
}

/** The outcome of a run that did not succeed. */
export const outcomeOf = ({ kind }: Reaction): 'failed' | 'retrying' | 'delayed' =>
  kind === 'fail' ? 'failed' : kind === 'retry' ? 'retrying' : 'delayed'

/** Why a run did not succeed, in Ponte's own words, and in those that the other system says to everybody. */
export function endOfFailure(error: unknown): Pick<RunEnd, 'code' | 'answer'> & { readonly summary?: Message } {
  if (error instanceof RunInterrupted) return { summary: error.reason }
  if (!(error instanceof Failure)) return { code: 'INTERNAL_ERROR' }
  const { code, context, detail = '' } = error
  const isKept = detail !== '' && detail.length <= MAX_CHARACTERS && isPlainRefusal(detail)
  return { code, summary: failureMessage(code, context), ...(isKept && { answer: detail }) }
}

/** What one run counts (docs/behaviour/figures.md). */
export interface RunFigures {
  /** What was done, even if the run fails afterwards. */
  readonly done: FigureCounts
  /** Counts only when the job ends with this run, instead of what an earlier end of the event has counted. */
  readonly atEnd: FigureCounts
}

export const createRunFigures = (): RunFigures => ({ done: createFigureCounts(), atEnd: createFigureCounts() })

type JobOfRun = Pick<Job, 'name' | 'data' | 'attemptsMade' | 'stacktrace'>

/** What is recorded with the end of a run. `receivedAt`: when the event was delivered. */
export function figuresOfRun(
  job: JobOfRun,
  { outcome, code, at, receivedAt }: Pick<TimelineRun, 'outcome' | 'code' | 'at'> & { readonly receivedAt: string },
  { done, atEnd }: RunFigures,
): EntryFigures {
  const figures = { counts: done.counts, ends: new Map<string, number>() }
  if (outcome === 'retrying' || outcome === 'delayed') return figures
  const isRound = isRecord(job.data) && job.data.round !== undefined
  // A round continues an event that another job began. When it is skipped, it ends nothing.
  if (isRound && outcome === 'skipped') return figures
  const event = isJobName(job.name) || job.name === 'delivery' ? job.name : 'unknown'
  atEnd.ended(event, outcome, outcome === 'failed' ? code : undefined)
  if (isEventName(event)) {
    if (outcome !== 'failed' && !isRound && isFirstTry(job)) atEnd.firstTry()
    if (outcome === 'done' && !isImported(job)) atEnd.took(at - Date.parse(receivedAt))
  }
  return { ...figures, ends: atEnd.counts }
}

/** An imported lead waits behind all live events, so its time says nothing about how fast Ponte is. */
export const isImported = ({ data }: Pick<Job, 'data'>): boolean => isRecord(data) && data.import !== undefined

/** A retry by a person resets the attempts, but keeps the stack trace of the earlier failure. */
const isFirstTry = ({ attemptsMade, stacktrace }: JobOfRun): boolean =>
  attemptsMade === 0 && (stacktrace ?? []).length === 0
