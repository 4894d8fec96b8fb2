import { codeOfReason, failures } from '@ponte/contracts'
import { nearName, queueLabel, type QueueKind, retryInFull } from '@ponte/runtime'
import { retryEvents } from '@ponte/state'
import { exitCodes, UsageError } from '../exit-codes.ts'
import { readFailedEvents } from './failed-events.ts'
import { cliUser } from '../redis/record-action.ts'
import type { Command } from '../session.ts'
import { chooseTenants, readSettingsWithFingerprints, requireFingerprintKey } from '../settings/read-settings.ts'
import { withQueues } from '../redis/with-redis.ts'

export interface RetryOptions {
  /** A failure code; upper or lower case. */
  readonly code: string
  readonly tenant?: string
  readonly dryRun?: boolean
}

const REPORT_EVERY = 500

/** Retries the events that failed with a code, from the first attempt. */
export const retry: Command<RetryOptions> = async ({ code: typed, tenant, dryRun = false }, session) => {
  const { texts } = session
  const code = typed.toUpperCase()
  const wanted = codeOfReason(code)
  if (wanted !== code)
    throw new UsageError(texts.failures.retry.codeUnknown(typed, nearName(code, Object.keys(failures))))
  const settings = await readSettingsWithFingerprints(session)
  const { fingerprint } = settings
  const tenants = chooseTenants(settings.tenants, tenant, session)
  const counts: { tenant: string; queue: QueueKind; retried: number; left: number }[] = []

  await withQueues({ url: settings.REDIS_URL, tenants, session }, async ({ redis, queues }) => {
    await requireFingerprintKey(redis, { tenants, fingerprint }, session)
    // Collect all events first: one that fails again at once would otherwise be found again, without end.
    const found: { tenant: string; kind: QueueKind; ids: string[] }[] = []
    for await (const { jobs, tenant: name, queue: kind } of readFailedEvents({ tenants, queues, redis })) {
      const ids = jobs.filter(job => job.code === wanted).map(({ id }) => id)
      if (ids.length > 0) found.push({ tenant: name, kind, ids })
    }
    for (const { tenant: name, kind, ids } of found) {
      const queue = queues.of(name)[kind]
      const events = {
        ...{ user: cliUser(), tenant: name, queue: kind, code: wanted },
        ids,
        find: (id: string) => queue.getJob(id),
        retry: retryInFull,
        onProgress: (looked: number) => {
          const line = texts.failures.retry.working({
            tenant: name,
            queue: queueLabel(kind, session.language),
            done: looked,
            all: ids.length,
          })
          if (looked % REPORT_EVERY === 0) session.progress(line)
          else session.progressBriefly(line)
        },
      }
      const { retried, skipped } = dryRun
        ? { retried: ids.length, skipped: 0 }
        : await retryEvents({ redis, fingerprint }, events)
      counts.push({ tenant: name, queue: kind, retried, left: skipped })
    }
  })

  const left = counts.reduce((sum, count) => sum + count.left, 0)
  return {
    exitCode: left > 0 ? exitCodes.problems : exitCodes.ok,
    data: { ok: left === 0, code, dryRun, queues: counts },
    lines:
      counts.length === 0
        ? [texts.failures.retry.nothing(code)]
        : counts.map(
            count =>
              `${count.tenant}  ${queueLabel(count.queue, session.language)}: ${texts.failures.retry.done({ ...count, dryRun })}`,
          ),
  }
}
