import { changeStoredText, Failure, failureMessage, identifiedEventOfJob } from '@ponte/contracts'
import { type Calendar, createTimelines, type Fingerprint, type TimelineEvent, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { BreakerOpen } from '../calls/breaker-open.ts'
import { JobDelayed } from './job-delayed.ts'
import type { Reaction } from './reaction.ts'
import { createRunFigures, figuresOfRun, type RunFigures } from '../figures/run-figures.ts'

/** How a run ended, as the timeline keeps it. */
export type RunEnd = Pick<TimelineRun, 'code' | 'summary' | 'opportunityId'> & {
  readonly outcome: 'done' | 'skipped' | 'retrying' | 'delayed' | 'failed'
}

/** The longest value in a message of a run, such as the paths of data that cannot be read. */
const MAX_CHARACTERS = 300

/** Lines kept in the log of a job, the newest ones (docs/behaviour.md#what-redis-holds). */
const MOST_LINES = 200

/** A delivery may hold thousands of events. Its timeline names the first ones, and a search finds it by this many people. */
const MAX_NAMED = 50
const MAX_IDENTITIES = 500

interface WithEnd {
  /** The events that were read from a quarantined delivery. */
  readonly derivedEvents?: readonly TimelineEvent[]
  /** For the log of the job. */
  readonly lines?: readonly string[]
  readonly figures?: RunFigures
}

export interface RunRecorderDeps {
  readonly redis: Redis
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
    { derivedEvents = [], lines = [], figures = createRunFigures() }: WithEnd = {},
  ): Promise<void> {
    const { outcome, code, summary, opportunityId } = end
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
      code,
      opportunityId,
      outcome,
      summary: summary === undefined ? undefined : changeStoredText(summary, text => text.slice(0, MAX_CHARACTERS)),
      ...(named.length > 0 && { derivedEvents: named }),
    }
    const of = { ...event, identities: allIdentities.slice(0, MAX_IDENTITIES) }
    const jobKey = `${job.queueQualifiedName}:${job.id}`
    const log = { lines, mostLines: MOST_LINES }
    const counted = figuresOfRun(job, { ...run, receivedAt: event.receivedAt }, figures)
    await timelines.record(of, run, { jobKey, log, figures: counted }).catch(() => undefined)
  }
}

/** The outcome of a run that did not succeed. */
export const outcomeOf = ({ kind }: Reaction): 'failed' | 'retrying' | 'delayed' =>
  kind === 'fail' ? 'failed' : kind === 'retry' ? 'retrying' : 'delayed'

/** Why a run did not succeed, in Ponte's own words only. */
export function endOfFailure(error: unknown): Pick<RunEnd, 'code' | 'summary'> {
  if (error instanceof JobDelayed || error instanceof BreakerOpen) return { summary: error.reason }
  if (!(error instanceof Failure)) return { code: 'INTERNAL_ERROR' }
  return { code: error.code, summary: failureMessage(error.code, error.context) }
}
