import {
  createFailedJobs,
  createVendorAnswers,
  type FailedJob,
  type FailedJobReader,
  hasChanged,
  keysOf,
  readOnce,
} from '@ponte/operations'
import { type QueueKind, queueKinds } from '@ponte/runtime'
import { type CauseMute, createCauseRecords, type RedisClient } from '@ponte/state'

/** Answers are masked like for an operator: what is compared does not name the person of its event. */
const reader = { role: 'operator' }

interface Cause {
  readonly queue: QueueKind
  readonly code: string
}

/** What has failed lately in the queues with muted causes, newest first, without those causes. Other queues are not there. */
export type UnmutedFailures = Readonly<Partial<Record<QueueKind, readonly FailedJob[]>>>

/**
 * The failures since a time that no mute covers, of the queues in which a cause is muted. A cause that has changed since somebody muted it
 * (`hasChanged`) is muted no longer from then on. Reads no failure where nothing is muted.
 */
export function createMutedFailures(redis: RedisClient, failedJobs: FailedJobReader = createFailedJobs(redis)) {
  const answers = createVendorAnswers(redis)

  return async function readUnmuted(tenant: string, since: number): Promise<UnmutedFailures> {
    const { read } = readOnce(failedJobs)
    const records = createCauseRecords(redis, tenant)

    /** Does the mute last, now that these have failed for the cause? It remembers the fewest. */
    async function lasts(cause: Cause, mute: CauseMute, jobs: readonly FailedJob[]): Promise<boolean> {
      const count = jobs.length
      const queue = keysOf(tenant, cause.queue)
      const isOver = hasChanged(mute, { count, shapes: await answers.shapesOf({ queue, jobs }, reader) })
      if (isOver || count < mute.count) await records.changeMute(cause, mute, isOver ? undefined : { ...mute, count })
      return !isOver
    }

    const unmuted: Partial<Record<QueueKind, readonly FailedJob[]>> = {}
    for (const { queue, code } of await records.noted()) {
      const kind = queueKinds.find(each => each === queue)
      const { mute } = await records.read({ queue, code })
      if (kind === undefined || mute === undefined) continue
      const { jobs } = await read({ kind, queue: keysOf(tenant, kind) })
      const own = jobs.filter(job => job.code === code)
      if (!(await lasts({ queue: kind, code }, mute, own))) continue
      const others = unmuted[kind] ?? jobs.filter(({ failedAt }) => failedAt >= since)
      unmuted[kind] = others.filter(job => job.code !== code)
    }
    return unmuted
  }
}

export type ReadUnmuted = ReturnType<typeof createMutedFailures>
