import { codeOfReason, type JobOfEvent, type ReasonCode, eventOfJob } from '@ponte/contracts'
import type { Redis } from 'ioredis'
import { type Audit, type AuditEntry, createAudit } from './audit.ts'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'
import { createTimelines } from '../timeline/timeline.ts'

const AT_ONCE = 50

/** A job that failed, as its queue has it at this moment. */
interface FailedJob extends JobOfEvent {
  readonly failedReason: string | null | undefined
}

export interface RetryEvents<Job> {
  readonly user: string
  readonly tenant: string
  readonly queue: string
  /** Only what has failed with this code. Default: whatever has failed. */
  readonly code?: ReasonCode
  /** Of the jobs, in the order in which they are to run. */
  readonly ids: readonly string[]
  readonly find: (id: string) => Promise<Job | undefined>
  /** Retries the job with all its attempts. False when it is no longer failed. */
  readonly retry: (job: Job) => Promise<boolean>
  /** Called after each part of the work with the number of jobs that were checked. */
  readonly onProgress?: (looked: number) => void
  /** Default: one without a log. */
  readonly audit?: Audit
}

/**
 * Retries failed jobs, records each in the timeline of its event, and writes how many there were into the audit trail. If an error stops
 * it midway, it rejects with that error and the trail says `retried/asked`, or `?/asked` if Redis did not come back in time.
 */
export async function retryEvents<Job extends FailedJob>(
  { redis, fingerprint }: { redis: Redis; fingerprint: Fingerprint },
  request: RetryEvents<Job>,
): Promise<{ retried: number; skipped: number }> {
  const { user, tenant, queue, code, ids, find, retry } = request
  const timelines = createTimelines(redis, tenant, fingerprint)
  const one = async (jobId: string): Promise<boolean> => {
    const job = await find(jobId)
    if (job === undefined || (code !== undefined && codeOfReason(job.failedReason) !== code)) return false
    if (!(await retry(job))) return false
    // The job is being retried: an error of the timeline must not make it look as if it were not.
    await timelines.record(eventOfJob(job), { kind: 'retried', at: Date.now(), by: user, jobId }).catch(() => undefined)
    return true
  }

  const entry: AuditEntry = {
    ...{ user, action: 'retry-all', outcome: 'done', tenant, queue, detail: `?/${ids.length}` },
    ...(code !== undefined && { code }),
  }
  const end = await (request.audit ?? createAudit(redis)).begin(entry)
  let retried = 0
  let looked = 0
  try {
    while (looked < ids.length) {
      const part = ids.slice(looked, looked + AT_ONCE).map(one)
      // Wait for all of them before an error stops the work: their results count.
      const results = await Promise.allSettled(part)
      retried += results.filter(result => result.status === 'fulfilled' && result.value).length
      await Promise.all(part)
      looked += part.length
      request.onProgress?.(looked)
    }
  } finally {
    const isWhole = looked === ids.length
    const outcome = isWhole || retried > 0 ? 'done' : 'failed'
    const written = end({ ...entry, outcome, detail: isWhole ? String(retried) : `${retried}/${ids.length}` })
    // The error that stopped the work says more than the one of its record.
    await (isWhole ? written : written.catch(() => undefined))
  }
  return { retried, skipped: ids.length - retried }
}
