import { isJobId, type Queues, type Tenant } from '@ponte/runtime'
import { createTimelines, type Fingerprint, type RedisClient, timelineId } from '@ponte/state'
import type { Job } from 'bullmq'
import type { QueuedData } from '../edits/editable.ts'

interface Place {
  readonly redis: RedisClient
  readonly queues: Queues
  readonly tenants: readonly Tenant[]
  readonly fingerprint: Fingerprint
}

/**
 * The job of an event, by the event's key or the job's own id, in the queue or in quarantine. Undefined when the job is gone; its
 * timeline, which is kept longer, holds no data of it.
 */
export async function findLeadJob(
  key: string,
  { redis, queues, tenants, fingerprint }: Place,
): Promise<{ readonly tenant: Tenant; readonly job: QueuedData } | undefined> {
  for (const tenant of tenants) {
    const entries = await createTimelines(redis, tenant.name, fingerprint).read(timelineId(key))
    const recorded = entries.flatMap(entry => ('jobId' in entry ? [entry.jobId] : []))
    const own = queues.of(tenant.name)
    for (const kind of ['totvs-crm', 'quarantine', 'rd-station'] as const) {
      const first = await own[kind].getDeduplicationJobId(key)
      for (const id of [...new Set([...recorded, first ?? key, key])].filter(isJobId)) {
        const job: Job | undefined = await own[kind].getJob(id)
        if (job !== undefined) return { tenant, job: { kind, name: job.name, data: job.data } }
      }
    }
  }
  return undefined
}
