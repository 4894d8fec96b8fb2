import { eventOfJob } from '@ponte/contracts'
import type { QueueKind, TenantQueues } from '@ponte/runtime'
import { createTimelines, type Fingerprint, type RedisClient, timelineId, type Timelines } from '@ponte/state'
import type { Queue } from 'bullmq'
import type { JobEntry } from './job-entry.ts'

/** A job that cannot be removed now, because a worker is processing it. */
export interface LeftJob {
  readonly queue: QueueKind
  readonly jobId: string
  readonly state: string
}

interface RemoveOptions {
  readonly redis: RedisClient
  readonly tenant: string
  readonly fingerprint: Fingerprint
  readonly dryRun: boolean
  /** Called with what is removed. */
  readonly count: (kind: string) => void
}

/** Removes jobs from their queues, and says which are left. */
export async function removeJobs(
  jobs: readonly JobEntry[],
  queues: TenantQueues,
  { redis, tenant, fingerprint, dryRun, count }: RemoveOptions,
): Promise<readonly LeftJob[]> {
  const timelines = createTimelines(redis, tenant, fingerprint)
  const left: LeftJob[] = []
  for (const { queue, jobId } of jobs) {
    const state = await queues[queue].getJobState(jobId)
    if (state === 'failed' && !dryRun) await countAsRemoved(queues[queue], jobId, timelines)
    const isRemoved = state !== 'active' && (dryRun || (await removeJob(queues[queue], { jobId, state, redis })))
    if (isRemoved) count(`${queue === 'quarantine' ? 'quarantine' : 'jobs'}.${state}`)
    else left.push({ queue, jobId, state: 'active' })
  }
  return left
}

/** Has figures count a failure as removed. Its timeline says so, which is removed afterwards. */
async function countAsRemoved(queue: Queue, jobId: string, timelines: Timelines): Promise<void> {
  const job = await queue.getJob(jobId)
  if (job === undefined) return
  const { event, key, receivedAt } = eventOfJob(job)
  if ((await timelines.read(timelineId(key))).length === 0) return
  const of = { event, key, receivedAt, jobId, identities: [] }
  await timelines.record(of, { kind: 'removed', at: Date.now(), by: 'erase', jobId })
}

/** False when a worker took the job in the meantime. */
async function removeJob(
  queue: Queue,
  { jobId, state, redis }: { jobId: string; state: string; redis: RedisClient },
): Promise<boolean> {
  if (state !== 'unknown') return (await queue.remove(jobId)) === 1
  // In no list of the queue: the remains of a job whose removal was interrupted.
  await redis.del(queue.toKey(jobId), queue.toKey(`${jobId}:logs`))
  return true
}
