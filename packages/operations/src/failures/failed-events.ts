import type { ReasonCode } from '@ponte/contracts'
import { queueKinds, type QueueKind, type Tenant } from '@ponte/runtime'
import { type CauseRecord, createCauseRecords, type FailedCount, type RedisClient } from '@ponte/state'
import { keysOf } from '../bridge/read-queue.ts'
import { type MaskReader, textMask } from '../masking/masking.ts'
import { type FailedJobReader, sumCounts } from './failed-jobs.ts'
import { failureDetails, type VendorAnswer, type VendorAnswers } from './vendor-answers.ts'

/** How many of the newest failures of a cause in one queue show what is wrong. */
export const SHOWN_OF_CAUSE = 100

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
  /** What stands behind the sentence in the reasons of the newest: names of settings, issues of a body. */
  readonly details: readonly string[]
  /** What operators noted about it on the board. */
  readonly record: CauseRecord
}

/** The failed events of one cause in one queue. */
export interface FailedEvents {
  readonly tenant: string
  readonly queue: QueueKind
  /** Oldest first. */
  readonly ids: readonly string[]
}

interface Where {
  readonly tenants: readonly Pick<Tenant, 'name'>[]
  readonly failedJobs: FailedJobReader
}

/** The failed events of the tenants by cause, the most frequent cause first. */
export async function groupFailedJobs(where: Where): Promise<readonly FailureGroup[]> {
  const groups: FailureGroup[] = []
  for await (const { tenant, queue, counts } of countFailedEvents(where))
    for (const [code, own] of Map.groupBy(counts, ({ code: each }) => each)) {
      const first = own.reduce((oldest, each) => Math.min(oldest, each.first), Number.POSITIVE_INFINITY)
      const last = own.reduce((newest, each) => Math.max(newest, each.last), 0)
      const times = { first: new Date(first).toISOString(), last: new Date(last).toISOString() }
      groups.push({ code, tenant, queue, count: sumCounts(own), ...times })
    }
  return groups.toSorted((one, other) => other.count - one.count)
}

/** The same with what the other system said, as far as this reader may see it. */
export async function groupAnsweredJobs(
  { redis, vendorAnswers, ...where }: Where & { readonly redis: RedisClient; readonly vendorAnswers: VendorAnswers },
  reader: MaskReader,
): Promise<readonly AnsweredGroup[]> {
  const failedJobs = where.failedJobs
  const answered: AnsweredGroup[] = []
  for (const group of await groupFailedJobs(where)) {
    const { code, tenant, queue } = group
    const of = { kind: queue, queue: keysOf(tenant, queue) }
    const newest = await failedJobs.newest(of, await failedJobs.count(of), { code, most: SHOWN_OF_CAUSE })
    const jobs = await failedJobs.read(of, newest)
    const reasons = jobs.map(({ reason }) => reason)
    answered.push({
      ...group,
      answers: await vendorAnswers.ofCause([{ queue: of.queue, jobs }], reader),
      details: failureDetails(reasons, code, textMask(reader)),
      record: await createCauseRecords(redis, tenant).read({ queue, code }),
    })
  }
  return answered
}

/** All that has failed with a code, queue by queue, for a retry. */
export async function findFailedEvents(
  { failedJobs, tenants }: Where,
  code: ReasonCode,
): Promise<readonly FailedEvents[]> {
  const found: FailedEvents[] = []
  for await (const { tenant, queue, counts } of countFailedEvents({ failedJobs, tenants })) {
    const ids = await failedJobs.ids({ kind: queue, queue: keysOf(tenant, queue) }, counts, { code })
    if (ids.length > 0) found.push({ tenant, queue, ids })
  }
  return found
}

async function* countFailedEvents({ tenants, failedJobs }: Where): AsyncGenerator<{
  readonly tenant: string
  readonly queue: QueueKind
  readonly counts: readonly FailedCount[]
}> {
  for (const { name: tenant } of tenants)
    for (const queue of queueKinds)
      yield { tenant, queue, counts: await failedJobs.count({ kind: queue, queue: keysOf(tenant, queue) }) }
}
