import {
  identitiesOf,
  jobs,
  message,
  quarantinedDelivery,
  type QuarantinedDelivery,
  type RegisteredLead,
  isLeadEvent,
  bringsLeads,
} from '@ponte/contracts'
import { MOST_PARSED } from '../masking/masked-data.ts'
import { type QueuedData } from '../edits/editable.ts'
import {
  createCrmReader,
  type DeliveryPreview,
  previewDelivery,
  previewLead,
  type PreviewDeps,
} from '@ponte/registration'
import { keepPerTenant, type Tenant } from '@ponte/runtime'
import { createRecordedPersons } from '@ponte/state'
import { parseQuarantined } from '@ponte/webhooks'
import type { OperationsDeps } from '../operations-deps.ts'

/** Each may take several calls to TOTVS CRM. */
const MOST_PARTS = 5

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

/** `too-long`: longer than a page reads. */
export type PreviewObstacle = 'not-a-lead' | 'too-long'

/** A job that has a preview: a lead, or a delivery of RD Station in quarantine. */
export const hasPreview = ({ kind, name, data }: QueuedData): boolean =>
  isLeadEvent(name) || (kind === 'quarantine' && deliveryWithLeads(data) !== undefined)

/** A delivery in quarantine whose source brings leads. */
function deliveryWithLeads(data: unknown): QuarantinedDelivery | undefined {
  const delivery = quarantinedDelivery.safeParse(data).data
  return delivery && bringsLeads(delivery.source) ? delivery : undefined
}

/** Prepares previews of leads. Keeps one session of TOTVS CRM for each tenant as its settings are now, in memory. */
export function createPreviewReader({ redis, fingerprint }: Pick<OperationsDeps, 'redis' | 'fingerprint'>) {
  const crmReaderOf = keepPerTenant(({ settings }) => createCrmReader(settings.totvsCrm))
  const depsOf = (tenant: Tenant): PreviewDeps => {
    const { name, settings, lacks = [] } = tenant
    const openCrm = crmReaderOf(tenant)
    const notAsked = lacks.includes('crmCredentials') ? message('preview-without-credentials') : undefined
    const readRecorded = createRecordedPersons(redis, name, fingerprint)
    return { settings, openCrm, readRecorded, ...(notAsked && { notAsked }) }
  }

  function ofDelivery(tenant: Tenant, delivery: QuarantinedDelivery): PreparedPreview | PreviewObstacle {
    if (delivery.body.length > MOST_PARSED * 2) return 'too-long'
    const { events, quarantined, ignored } = parseQuarantined(delivery, tenant.settings)
    const leads = events.flatMap(event => ('lead' in event ? [event] : []))
    const some = leads.slice(0, MOST_PARTS)
    return {
      persons: some.map(({ lead }) => personOf(lead)),
      async run() {
        const shown: DeliveryPreview[] = []
        const deps = { ...depsOf(tenant), receivedAt: delivery.receivedAt }
        for await (const part of previewDelivery({ events: some, quarantined, ignored }, deps)) {
          if (shown.length === MOST_PARTS) break
          shown.push(part)
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
        return delivery ? ofDelivery(tenant, delivery) : 'not-a-lead'
      }
      const data = isLeadEvent(job.name) ? jobs[job.name].data.safeParse(job.data).data : undefined
      if (data === undefined) return 'not-a-lead'
      const run = async () => ({ shown: [await previewLead(data, depsOf(tenant))], more: 0 })
      return { persons: [personOf(data.lead)], run }
    },
  }
}

const personOf = (lead: RegisteredLead): readonly string[] => identitiesOf(lead)?.map(({ value }) => value) ?? []
