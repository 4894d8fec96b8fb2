import { isFailureCode } from '@ponte/contracts'
import { type QueueKind } from '@ponte/runtime'
import type { Job } from 'bullmq'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { codeOf, readFailedJobs, WITHOUT_CODE } from '../failed-jobs.ts'
import { recordDeed } from '../record-deed.ts'
import type { Command } from '../session.ts'
import { chooseTenants, readSettings } from '../tenants.ts'
import { withQueues } from '../with-redis.ts'

export interface RetryOptions {
  /** A failure code of Ponte. */
  readonly code: string
  readonly tenant?: string
  readonly dryRun?: boolean
}

const TELL_EVERY = 500

/** Everything that has failed with a code starts its whole series of attempts again. */
export const retry: Command<RetryOptions> = async ({ code, tenant, dryRun = false }, session) => {
  const { texts, progress } = session
  if (!isFailureCode(code) && code !== WITHOUT_CODE) throw new UsageError(texts.retry.codeUnknown(code))
  const settings = await readSettings(session)
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const counts = new Map<string, { tenant: string; queue: QueueKind; retried: number; left: number }>()

  await withQueues({ url: settings.REDIS_URL, tenants, session }, async ({ redis, queues }) => {
    // All are found before one is retried: one that fails again at once would be found again, without end.
    const found: { job: Job; tenant: string; queue: QueueKind }[] = []
    for await (const failed of readFailedJobs(tenants, queues)) if (codeOf(failed.job) === code) found.push(failed)
    let done = 0
    for (const { job, tenant: name, queue } of found) {
      const key = `${name} ${queue}`
      const count = counts.get(key) ?? { tenant: name, queue, retried: 0, left: 0 }
      counts.set(key, count)
      const isRetried = dryRun || (await retryInFull(job))
      count[isRetried ? 'retried' : 'left'] += 1
      done += 1
      if (!dryRun && done % TELL_EVERY === 0) progress(texts.retry.working(done, found.length))
    }
    for (const { tenant: name, queue, retried } of dryRun ? [] : counts.values())
      await recordDeed(redis, { action: 'retry-all', tenant: name, queue, code, detail: `${retried} jobs` })
  })

  const queues = [...counts.values()]
  const left = queues.reduce((sum, count) => sum + count.left, 0)
  return {
    exitCode: left > 0 ? exitCodes.problems : exitCodes.ok,
    data: { ok: left === 0, code, dryRun, queues },
    lines:
      queues.length === 0
        ? [texts.retry.nothing(code)]
        : queues.map(count => `${count.tenant}  ${count.queue}: ${texts.retry.done({ ...count, dryRun })}`),
  }
}

/** BullMQ's own retry gives one run (reference stack.md §1.6). False when the job is gone or somebody retried it before. */
async function retryInFull(job: Job): Promise<boolean> {
  try {
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
    return true
  } catch (error) {
    // A lost Redis is not the job's affair.
    if (error instanceof Error && /job|Missing key/i.test(error.message)) return false
    throw error
  }
}
