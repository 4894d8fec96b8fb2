import { codeOfReason, opportunityOfMark } from '@ponte/contracts'
import { type Queues, queueKinds, type QueueKind, type Tenant } from '@ponte/runtime'
import type { Job, Queue } from 'bullmq'
import type { Session } from '../session.ts'

/** Jobs read at a time. */
const PAGE_SIZE = 500

export interface FailureGroup {
  readonly code: string
  readonly tenant: string
  readonly queue: QueueKind
  readonly count: number
  /** ISO 8601: when the oldest and the newest of them failed. */
  readonly first: string
  readonly last: string
}

/** The failed events of the tenants by cause, the most frequent cause first. */
export async function groupFailedJobs(
  tenants: readonly Tenant[],
  queues: Queues,
  { progress, texts }: Pick<Session, 'progress' | 'texts'>,
): Promise<readonly FailureGroup[]> {
  const groups = new Map<string, FailureGroup>()
  let read = 0
  for await (const { job, tenant, queue } of readFailedEvents(tenants, queues)) {
    read += 1
    if (read % (10 * PAGE_SIZE) === 0) progress(texts.failures.reading(read))
    const code = codeOfReason(job.failedReason)
    const at = new Date(job.finishedOn ?? job.timestamp).toISOString()
    const key = [code, tenant, queue].join(' ')
    const { count = 0, first = at, last = at } = groups.get(key) ?? {}
    groups.set(key, {
      code,
      tenant,
      queue,
      count: count + 1,
      first: at < first ? at : first,
      last: at > last ? at : last,
    })
  }
  return [...groups.values()].toSorted((one, other) => other.count - one.count)
}

/**
 * Yields failed jobs, the oldest first; those of `rd-station` newest first. A mark may have failed many times, once for each event and
 * round of its opportunity: only the newest is yielded. It shows the current problem, and once it succeeds the others are obsolete.
 */
export async function* readFailedEvents(
  tenants: readonly Tenant[],
  queues: Queues,
): AsyncGenerator<{ job: Job; tenant: string; queue: QueueKind }> {
  for (const { name: tenant } of tenants) {
    const own = queues.of(tenant)
    for (const queue of queueKinds) {
      const jobs = queue === 'rd-station' ? readNewestOfMarks(own[queue]) : readQueue(own[queue], { oldestFirst: true })
      for await (const job of jobs) yield { job, tenant, queue }
    }
  }
}

async function* readNewestOfMarks(queue: Queue): AsyncGenerator<Job> {
  const seen = new Set<string>()
  for await (const job of readQueue(queue, { oldestFirst: false })) {
    const subject = opportunityOfMark(job) ?? job.id ?? ''
    if (seen.has(subject)) continue
    seen.add(subject)
    yield job
  }
}

async function* readQueue(queue: Queue, { oldestFirst }: { oldestFirst: boolean }): AsyncGenerator<Job> {
  for (let start = 0; ; start += PAGE_SIZE) {
    const end = start + PAGE_SIZE - 1
    const jobs: readonly (Job | undefined)[] = await queue.getJobs(['failed'], start, end, oldestFirst)
    for (const job of jobs) if (job !== undefined) yield job
    if (jobs.length < PAGE_SIZE) return
  }
}
