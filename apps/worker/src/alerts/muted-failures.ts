import {
  createFailedJobs,
  createVendorAnswers,
  type FailedJobReader,
  hasChanged,
  keysOf,
  readOnce,
  SHOWN_OF_CAUSE,
  sumCounts,
} from '@ponte/operations'
import { type QueueKind, queueKinds } from '@ponte/runtime'
import { type CauseMute, createCauseRecords, type FailedCount, type RedisClient } from '@ponte/state'

/** Answers are masked like for an operator: what is compared does not name the person of its event. */
const reader = { role: 'operator' }

interface Cause {
  readonly queue: QueueKind
  readonly code: string
}

/** What has failed of each queue in the time that was asked for, without muted causes. */
export type UnmutedFailures = Readonly<Record<QueueKind, readonly FailedCount[]>>

/**
 * The failures since a time that no mute covers. A cause that has changed since somebody muted it (`hasChanged`) is muted no longer from then
 * on.
 */
export function createUnmutedFailures(redis: RedisClient) {
  const answers = createVendorAnswers(redis)
  const all = createFailedJobs(redis)

  return async function readUnmuted(tenant: string, since: number): Promise<UnmutedFailures> {
    const failedJobs = readOnce(all)
    const records = createCauseRecords(redis, tenant)
    const muted: Cause[] = []
    for (const { queue, code } of await records.noted()) {
      const kind = queueKinds.find(each => each === queue)
      const { mute } = await records.read({ queue, code })
      if (kind === undefined || mute === undefined) continue
      const cause = { queue: kind, code }
      if (await lasts(cause, mute, { tenant, failedJobs })) muted.push(cause)
    }
    const read = async (kind: QueueKind): Promise<readonly FailedCount[]> => {
      const counts = await failedJobs.count({ kind, queue: keysOf(tenant, kind) }, { since })
      return counts.filter(({ code }) => !muted.some(each => each.queue === kind && each.code === code))
    }
    const [crm, rd, quarantine] = await Promise.all([read('totvs-crm'), read('rd-station'), read('quarantine')])
    return { 'totvs-crm': crm, 'rd-station': rd, quarantine }
  }

  /** Does the mute last, now that these have failed for the cause? It remembers the fewest. */
  async function lasts(
    { queue: kind, code }: Cause,
    mute: CauseMute,
    { tenant, failedJobs }: { readonly tenant: string; readonly failedJobs: FailedJobReader },
  ): Promise<boolean> {
    const of = { kind, queue: keysOf(tenant, kind) }
    const counts = (await failedJobs.count(of)).filter(each => each.code === code)
    const count = sumCounts(counts)
    const jobs = await failedJobs.newest(of, counts, { most: SHOWN_OF_CAUSE })
    const isOver = hasChanged(mute, { count, shapes: await answers.shapesOf({ queue: of.queue, jobs }, reader) })
    const cause = { queue: kind, code }
    if (isOver || count < mute.count)
      await createCauseRecords(redis, tenant).changeMute(cause, mute, isOver ? undefined : { ...mute, count })
    return !isOver
  }
}

export type ReadUnmuted = ReturnType<typeof createUnmutedFailures>
