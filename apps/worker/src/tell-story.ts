import { isFailureCode } from '@ponte/contracts'
import { identitiesOfJob } from '@ponte/mappers'
import { createStories, type StoryRun } from '@ponte/state'
import type { Job } from 'bullmq'
import type { Redis } from 'ioredis'
import { z } from 'zod'

/** How a run ended, as its story keeps it. */
export type RunEnd = Pick<StoryRun, 'outcome' | 'code' | 'summary' | 'opportunityId'>

const text = z.string().optional()
/** The few things of a job's data that its story needs; a job that cannot be read otherwise has a story all the same. */
const subject = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** A summary is a sentence; what is longer is not one of ours. */
const MOST_SUMMARY = 300

/** Adds the end of each run to the story of its event. Never rejects: a story that cannot be written fails no job. */
export function createStoryteller(redis: Redis, tenant: string) {
  const stories = createStories(redis, tenant)
  return async function tellRun(job: Job, end: RunEnd): Promise<void> {
    const data = subject.safeParse(job.data).data ?? {}
    const { opportunityId } = end
    const jobId = job.id ?? ''
    const of = {
      event: job.name,
      key: data.key ?? jobId,
      receivedAt: data.receivedAt ?? new Date(job.timestamp).toISOString(),
      jobId,
      identities: [...identitiesOfJob(data), ...(opportunityId === undefined ? [] : [opportunityId])],
    }
    const run = { ...end, summary: end.summary?.slice(0, MOST_SUMMARY) }
    await stories.tell(of, { kind: 'run', at: Date.now(), event: job.name, jobId, ...run }).catch(() => undefined)
  }
}

/** The same for the quarantine, whose failures are texts: `CODE: sentence, issues`. */
export function tellQuarantine<Result extends RunEnd>(redis: Redis, tenant: string) {
  const tellRun = createStoryteller(redis, tenant)
  return async (job: Job, work: Promise<Result>): Promise<Result> => {
    try {
      const result = await work
      await tellRun(job, { outcome: result.outcome, summary: result.summary })
      return result
    } catch (error) {
      const message = error instanceof Error ? error.message : ''
      const code = /^[A-Z_]+(?=:)/.exec(message)?.[0] ?? ''
      await tellRun(job, { outcome: 'failed', ...(isFailureCode(code) && { code, summary: message }) })
      throw error
    }
  }
}
