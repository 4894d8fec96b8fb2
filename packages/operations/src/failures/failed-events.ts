import type { ReasonCode } from '@ponte/contracts'
import { queueKinds, type QueueKind, type Tenant } from '@ponte/runtime'
import { type CauseRecord, createCauseRecords, type RedisClient } from '@ponte/state'
import { keysOf } from '../bridge/read-queue.ts'
import { type MaskReader, textMask } from '../masking/masking.ts'
import { createFailedJobs, type FailedJob, type FailedJobReader } from './failed-jobs.ts'
import { failureDetails, type VendorAnswer, type VendorAnswers } from './vendor-answers.ts'

export interface FailureGroup {
  readonly code: ReasonCode
  readonly tenant: string
  readonly queue: QueueKind
  readonly count: number
  /** ISO 8601: when the oldest and the newest of them failed. */
  readonly first: string
  readonly last: string
}

/** A cause, with what the other system said. */
export interface AnsweredGroup extends FailureGroup {
  /** What it answered to the newest of them, the most frequent first. */
  readonly answers: readonly VendorAnswer[]
  /** What stands behind the sentence in their reasons: names of settings, issues of a body. */
  readonly details: readonly string[]
  /** What operators noted about it on the board. */
  readonly record: CauseRecord
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
export const groupFailedJobs = async (where: Where): Promise<readonly FailureGroup[]> =>
  (await readGroups(where)).map(({ group }) => group)

/** The same with what the other system said, as far as this reader may see it. */
export async function groupAnsweredJobs(
  { redis, vendorAnswers, ...where }: Where & { readonly redis: RedisClient; readonly vendorAnswers: VendorAnswers },
  reader: MaskReader,
): Promise<readonly AnsweredGroup[]> {
  const answered: AnsweredGroup[] = []
  for (const { group, jobs } of await readGroups(where)) {
    const { code, tenant, queue } = group
    const newestFirst = [{ queue: keysOf(tenant, queue), jobs: jobs.toReversed() }]
    const reasons = jobs.map(({ reason }) => reason)
    answered.push({
      ...group,
      answers: await vendorAnswers.ofCause(newestFirst, reader),
      details: failureDetails(reasons, code, textMask(reader)),
      record: await createCauseRecords(redis, tenant).read({ queue, code }),
    })
  }
  return answered
}

interface GroupOfJobs {
  readonly group: FailureGroup
  /** Oldest first. */
  readonly jobs: readonly FailedJob[]
}

async function readGroups(where: Where): Promise<readonly GroupOfJobs[]> {
  const groups: GroupOfJobs[] = []
  for await (const { tenant, queue, jobs: failed } of readFailedEvents(where)) {
    for (const [code, jobs] of Map.groupBy(failed, job => job.code)) {
      const [first = '', last = ''] = [jobs.at(0), jobs.at(-1)].map(job => new Date(job?.failedAt ?? 0).toISOString())
      groups.push({ group: { code, tenant, queue, count: jobs.length, first, last }, jobs })
    }
  }
  return groups.toSorted((one, other) => other.group.count - one.group.count)
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
