import { answerShape, createFailedJobs, createVendorAnswers, type FailedJob, hasChanged, keysOf } from '@ponte/report'
import { type QueueKind, queueKinds } from '@ponte/runtime'
import { createCauseRecords, type RedisClient } from '@ponte/state'

/** Answers are masked like for an operator: what is compared names nobody. */
const reader = { role: 'operator' }

/** What has failed lately for causes whose alerts rest, by queue. */
export type MutedFailures = Readonly<Partial<Record<QueueKind, readonly FailedJob[]>>>

/**
 * The failures of muted causes since a time. A cause that has changed since somebody muted it (`hasChanged`) is muted no longer from then
 * on. Reads nothing else where nothing is muted.
 */
export function createMutedFailures(redis: RedisClient) {
  const failedJobs = createFailedJobs(redis)
  const answers = createVendorAnswers(redis)

  return async function readMuted(tenant: string, since: number): Promise<MutedFailures> {
    const records = createCauseRecords(redis, tenant)
    const muted: Partial<Record<QueueKind, FailedJob[]>> = {}
    for (const cause of await records.muted()) {
      const kind = queueKinds.find(each => each === cause.queue)
      const { mute } = await records.read(cause)
      if (kind === undefined || mute === undefined) continue
      const queue = keysOf(tenant, kind)
      const { jobs: failed } = await failedJobs.read({ kind, queue })
      const jobs = failed.filter(({ code }) => code === cause.code)
      const [first] = jobs
      if (first === undefined) continue
      const found = await answers.ofCause([{ queue, jobs }], reader)
      const shapes = found.map(({ text }) => answerShape(text))
      if (hasChanged(mute, { count: jobs.length, shapes }))
        await records.change(cause, 'mute', { value: undefined, failedAt: first.failedAt })
      else muted[kind] = [...(muted[kind] ?? []), ...jobs.filter(({ failedAt }) => failedAt >= since)]
    }
    return muted
  }
}

export type ReadMuted = ReturnType<typeof createMutedFailures>
