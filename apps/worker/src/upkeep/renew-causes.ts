import type { FailedJobReader, FailedQueue } from '@ponte/operations'
import { createCauseRecords, type RedisClient } from '@ponte/state'

/** What was noted about causes of failures lives on while they fail, also when nobody looks at them: docs/behaviour/operators.md#causes */
export async function renewCauses(
  { redis, failedJobs }: { readonly redis: RedisClient; readonly failedJobs: FailedJobReader },
  tenant: string,
  { kind, queue }: FailedQueue,
): Promise<void> {
  const records = createCauseRecords(redis, tenant)
  const noted = (await records.noted()).filter(cause => cause.queue === kind)
  if (noted.length === 0) return
  const counts = await failedJobs.count({ kind, queue })
  for (const cause of noted) {
    const own = counts.filter(({ code }) => code === cause.code).map(({ last }) => last)
    if (own.length > 0) await records.renew(cause, Math.max(...own))
  }
}
