import { jobs, message, quarantinedDelivery, type QuarantinedDelivery } from '@ponte/contracts'
import {
  createCrmReader,
  type DeliveryPreview,
  previewDelivery,
  previewLead,
  type PreviewDeps,
} from '@ponte/registration'
import type { QueueKind, Tenant } from '@ponte/runtime'
import { createRecordedPersons } from '@ponte/state'
import { parseQuarantined } from '@ponte/webhooks'
import type { BoardDeps } from '../../board-deps.ts'
import { MOST_PARSED } from '../../masking/masked-data.ts'

/** Each may take several calls to TOTVS CRM. */
const MOST_PARTS = 5

export interface Previews {
  readonly shown: readonly DeliveryPreview[]
  /** Parts of the body that are not shown. */
  readonly more: number
}

/** `too-long`: no page reads as much. */
export type PreviewResult = Previews | 'not-a-lead' | 'too-long'

interface PreviewedJob {
  readonly kind: QueueKind
  readonly name: string
  readonly data: unknown
}

/** A job that has a preview: a lead, or a delivery of RD Station in quarantine. */
export const hasPreview = ({ kind, name, data }: PreviewedJob): boolean =>
  name === 'lead.registered' ||
  (kind === 'quarantine' && quarantinedDelivery.safeParse(data).data?.source === 'rd-station')

/** Previews of leads. Keeps one session of TOTVS CRM for each tenant, in memory. */
export function createPreviewReader({ redis, fingerprint }: Pick<BoardDeps, 'redis' | 'fingerprint'>) {
  const readers = new Map<string, PreviewDeps['openCrm']>()
  const depsOf = ({ name, settings, lacks = [] }: Tenant): PreviewDeps => {
    const openCrm = readers.get(name) ?? createCrmReader(settings.totvsCrm)
    readers.set(name, openCrm)
    const notAsked = lacks.includes('crmCredentials') ? message('preview-without-credentials') : undefined
    const readRecorded = createRecordedPersons(redis, name, fingerprint)
    return { settings, openCrm, readRecorded, ...(notAsked && { notAsked }) }
  }

  async function ofDelivery(tenant: Tenant, delivery: QuarantinedDelivery): Promise<PreviewResult> {
    if (delivery.body.length > MOST_PARSED * 2) return 'too-long'
    const { events, quarantined, ignored } = parseQuarantined(delivery, tenant.settings)
    const leads = events.flatMap(event => (event.name === 'lead.registered' ? [event] : []))
    const shown: DeliveryPreview[] = []
    const deps = { ...depsOf(tenant), receivedAt: delivery.receivedAt }
    const [some, others] = [leads.slice(0, MOST_PARTS), [...quarantined, ...ignored]]
    for await (const part of previewDelivery({ events: some, quarantined, ignored }, deps)) {
      if (shown.length === MOST_PARTS) break
      shown.push(part)
    }
    return { shown, more: leads.length + others.length - shown.length }
  }

  return {
    ofDelivery,
    async ofJob(tenant: Tenant, job: PreviewedJob): Promise<PreviewResult> {
      if (job.kind === 'quarantine') {
        const delivery = quarantinedDelivery.safeParse(job.data).data
        return delivery?.source === 'rd-station' ? await ofDelivery(tenant, delivery) : 'not-a-lead'
      }
      const lead = job.name === 'lead.registered' ? jobs['lead.registered'].data.safeParse(job.data).data : undefined
      return lead === undefined ? 'not-a-lead' : { shown: [await previewLead(lead, depsOf(tenant))], more: 0 }
    },
  }
}
