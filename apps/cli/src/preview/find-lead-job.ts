import {
  jobs,
  type JobData,
  type QuarantinedDelivery,
  quarantinedDelivery,
  isLeadEvent,
  bringsLeads,
} from '@ponte/contracts'
import { isJobId, type Queues, type Tenant } from '@ponte/runtime'
import { createTimelines, type Fingerprint, timelineId, type RedisClient } from '@ponte/state'
import type { Job } from 'bullmq'

export type FoundJob = { readonly tenant: Tenant } & (
  | { readonly kind: 'lead'; readonly data: JobData<'lead.registered'> }
  | { readonly kind: 'delivery'; readonly delivery: QuarantinedDelivery }
  /** An event that has no preview. */
  | { readonly kind: 'other'; readonly event: string }
)

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
): Promise<FoundJob | undefined> {
  for (const tenant of tenants) {
    const entries = await createTimelines(redis, tenant.name, fingerprint).read(timelineId(key))
    const recorded = entries.flatMap(entry => ('jobId' in entry ? [entry.jobId] : []))
    const own = queues.of(tenant.name)
    for (const queue of [own['totvs-crm'], own.quarantine, own['rd-station']]) {
      const first = await queue.getDeduplicationJobId(key)
      for (const id of [...new Set([...recorded, first ?? key, key])].filter(isJobId)) {
        const job: Job | undefined = await queue.getJob(id)
        if (job !== undefined) return { tenant, ...readJob(job) }
      }
    }
  }
  return undefined
}

function readJob(job: Job) {
  const lead = isLeadEvent(job.name) ? jobs[job.name].data.safeParse(job.data).data : undefined
  if (lead !== undefined) return { kind: 'lead', data: lead } as const
  const delivery = quarantinedDelivery.safeParse(job.data).data
  if (delivery && bringsLeads(delivery.source)) return { kind: 'delivery', delivery } as const
  return { kind: 'other', event: job.name } as const
}
