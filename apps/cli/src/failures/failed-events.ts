import { createFailedJobs, type FailedJob, type FailedJobReader, keysOf } from '@ponte/report'
import { queueKinds, type QueueKind, type Tenant } from '@ponte/runtime'
import type { RedisClient } from '@ponte/state'

export interface FailureGroup {
  readonly code: string
  readonly tenant: string
  readonly queue: QueueKind
  readonly count: number
  /** ISO 8601: when the oldest and the newest of them failed. */
  readonly first: string
  readonly last: string
}

export interface FailedEvents {
  readonly tenant: string
  readonly queue: QueueKind
  /** Oldest first. Of the marks of an opportunity only the newest: once it succeeds the others are obsolete. */
  readonly jobs: readonly FailedJob[]
}

interface Where {
  readonly tenants: readonly Pick<Tenant, 'name'>[]
  readonly failedJobs: FailedJobReader
}

/** Pages read the newest failures only; a command reads all of them. */
export const readerOfAll = (redis: RedisClient): FailedJobReader =>
  createFailedJobs(redis, { most: Number.POSITIVE_INFINITY })

/** The failed events of the tenants by cause, the most frequent cause first. */
export async function groupFailedJobs(where: Where): Promise<readonly FailureGroup[]> {
  const groups: FailureGroup[] = []
  for await (const { tenant, queue, jobs } of readFailedEvents(where)) {
    for (const [code, group] of Map.groupBy(jobs, job => job.code)) {
      const [first, last] = [group.at(0), group.at(-1)].map(job => new Date(job?.failedAt ?? 0).toISOString())
      groups.push({ code, tenant, queue, count: group.length, first: first ?? '', last: last ?? '' })
    }
  }
  return groups.toSorted((one, other) => other.count - one.count)
}

/** All failed events of the tenants, queue by queue. */
export async function* readFailedEvents({ tenants, failedJobs }: Where): AsyncGenerator<FailedEvents> {
  for (const { name: tenant } of tenants) {
    for (const queue of queueKinds) {
      const { jobs } = await failedJobs.read({ kind: queue, queue: keysOf(tenant, queue) })
      yield { tenant, queue, jobs: jobs.toReversed() }
    }
  }
}
