import { deliveryWithLeads, type QueuedData } from '../edits/editable.ts'
import { jobsIn, readLiveJobs } from '../events/event-status.ts'
import { MAX_PARSED } from '../masking/masked-data.ts'
import type { OperationsDeps } from '../operations-deps.ts'
import { withoutData } from '../queues/read-jobs.ts'
import { findJobs } from '../events/read-event.ts'
import {
  identitiesOf,
  isLeadEvent,
  jobs,
  message,
  type QuarantinedDelivery,
  type RegisteredLead,
} from '@ponte/contracts'
import {
  createCrmReader,
  type DeliveryPreview,
  previewDelivery,
  type PreviewDeps,
  previewLead,
} from '@ponte/registration'
import { keepPerTenant, type Tenant } from '@ponte/runtime'
import { createRecordedPersons, createTimelines, timelineId } from '@ponte/state'
import { parseQuarantined } from '@ponte/webhooks'

interface Limits {
  readonly parts: number
  /** Of a delivery in quarantine. */
  readonly bytes: number
  /** Told how many parts are made, of so many leads. */
  readonly onPart?: (made: number, leads: number) => void
}

/** What a page reads: each part may take several calls to TOTVS CRM. */
const ofPage: Limits = { parts: 5, bytes: MAX_PARSED }

export interface Previews {
  readonly shown: readonly DeliveryPreview[]
  /** Parts of the body that are not shown. */
  readonly more: number
}

/** A preview that can be made: whom it would look up, and what makes it. */
export interface PreparedPreview {
  /** The identities of each lead. */
  readonly persons: readonly (readonly string[])[]
  readonly run: () => Promise<Previews>
}

/** `too-long`: longer than may be read. */
export type PreviewObstacle = 'not-a-lead' | 'too-long'

/**
 * Prepares previews of leads. Keeps one session of TOTVS CRM for each tenant as its settings are now, in memory. Without Redis, previews are
 * made without what Ponte has recorded.
 */
export function createPreviewReader(
  { redis, fingerprint }: Pick<OperationsDeps, 'fingerprint'> & { readonly redis: OperationsDeps['redis'] | undefined },
  most = ofPage,
) {
  const crmReaderOf = keepPerTenant(({ settings }) => createCrmReader(settings.totvsCrm))
  const depsOf = (tenant: Tenant): PreviewDeps => {
    const { name, settings, lacks = [] } = tenant
    const openCrm = crmReaderOf(tenant)
    const notAsked = lacks.includes('crmCredentials') ? message('preview-without-credentials') : undefined
    const readRecorded = redis && createRecordedPersons(redis, name, fingerprint)
    return { settings, openCrm, ...(readRecorded && { readRecorded }), ...(notAsked && { notAsked }) }
  }

  function ofDelivery(tenant: Tenant, delivery: QuarantinedDelivery): PreparedPreview {
    const { events, quarantined, ignored } = parseQuarantined(delivery, tenant.settings)
    const leads = events.flatMap(event => ('lead' in event ? [event] : []))
    const some = leads.slice(0, most.parts)
    return {
      persons: some.map(({ lead }) => personOf(lead)),
      async run() {
        const shown: DeliveryPreview[] = []
        const deps = { ...depsOf(tenant), receivedAt: delivery.receivedAt }
        for await (const part of previewDelivery({ events: some, quarantined, ignored }, deps)) {
          if (shown.length === most.parts) break
          shown.push(part)
          most.onPart?.(shown.length, some.length)
        }
        return { shown, more: leads.length + quarantined.length + ignored.length - shown.length }
      },
    }
  }

  return {
    ofDelivery,
    ofJob(tenant: Tenant, job: QueuedData): PreparedPreview | PreviewObstacle {
      if (job.kind === 'quarantine') {
        const delivery = deliveryWithLeads(job.data)
        if (delivery === undefined) return 'not-a-lead'
        return delivery.body.length > most.bytes * 2 ? 'too-long' : ofDelivery(tenant, delivery)
      }
      const data = isLeadEvent(job.name) ? jobs[job.name].data.safeParse(job.data).data : undefined
      if (data === undefined) return 'not-a-lead'
      const run = async () => ({ shown: [await previewLead(data, depsOf(tenant))], more: 0 })
      return { persons: [personOf(data.lead)], run }
    },
  }
}

const personOf = (lead: RegisteredLead): readonly string[] => identitiesOf(lead)?.map(({ value }) => value) ?? []

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
