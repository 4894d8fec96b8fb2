import type { Tenant } from '@ponte/runtime'
import { createTimelines, timelineId } from '@ponte/state'
import type { QueuedData } from '../edits/editable.ts'
import { jobsIn, readLiveJobs } from '../events/event-status.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { withoutData } from '../queues/read-jobs.ts'
import { findJobs } from '../search/find-events.ts'

/**
 * The job of an event, by the event's key or the job's own id, in the queue or in quarantine. Undefined when the job is gone; its
 * timeline, which is kept longer, holds no data of it.
 */
export async function findLeadJob(
  key: string,
  deps: Pick<OperationsDeps, 'redis' | 'queues' | 'tenants' | 'fingerprint'>,
): Promise<{ readonly tenant: Tenant; readonly job: QueuedData } | undefined> {
  for (const tenant of deps.tenants) {
    const entries = await createTimelines(deps.redis, tenant.name, deps.fingerprint).read(timelineId(key))
    const known = await findJobs(deps, tenant.name, key)
    const live = await readLiveJobs(deps, tenant.name, jobsIn(entries), { budget: withoutData(), known })
    for (const kind of ['totvs-crm', 'quarantine', 'rd-station'] as const) {
      const found = live.find(({ queueRef }) => queueRef.kind === kind)
      // What was found has no long data.
      const job = await found?.queueRef.queue.getJob(found.job.id ?? '')
      if (job !== undefined) return { tenant, job: { kind, name: job.name, data: job.data } }
    }
  }
  return undefined
}
