import { eventOfJob } from '@ponte/contracts'
import { createTimelines, type Fingerprint, type TimelineEvent, type TimelineRun } from '@ponte/state'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'

/** How a run ended, as its story keeps it. */
export type RunEnd = Pick<TimelineRun, 'outcome' | 'code' | 'summary' | 'opportunityId'>

/** A summary is a sentence; what is longer is not one of ours. */
const MOST_SUMMARY = 300

/** Of a delivery with thousands of events: the first are named, and so many people find it. */
const MOST_NAMED = 50
const MOST_IDENTITIES = 500

/** Adds the end of each run to the story of its event. Never rejects: a story that cannot be written fails no job. */
export function createRunRecorder(redis: Redis, tenant: string, fingerprint: Fingerprint) {
  const stories = createTimelines(redis, tenant, fingerprint)
  /** `became`: the events that a quarantined delivery turned into. */
  return async function recordRunEnd(job: Job, end: RunEnd, became: readonly TimelineEvent[] = []): Promise<void> {
    const { outcome, code, summary, opportunityId } = end
    const { identities, ...story } = eventOfJob(job)
    const found = [
      ...identities,
      ...(opportunityId === undefined ? [] : [opportunityId]),
      ...became.flatMap(of => of.identities),
    ]
    const named = became.slice(0, MOST_NAMED).map(({ event, key }) => ({ event, key }))
    const run: TimelineRun = {
      ...{ kind: 'run', at: Date.now(), event: job.name, jobId: story.jobId, outcome, code, opportunityId },
      summary: summary?.slice(0, MOST_SUMMARY),
      ...(named.length > 0 && { became: named }),
    }
    await stories.record({ ...story, identities: found.slice(0, MOST_IDENTITIES) }, run).catch(() => undefined)
  }
}
