import {
  bringsLeads,
  factsOfJob,
  isJobName,
  isLeadEvent,
  isRecord,
  jobs,
  leadField,
  type QuarantinedDelivery,
  quarantinedDelivery,
} from '@ponte/contracts'
import type { QueueKind } from '@ponte/runtime'

/** The fields of a lead that a person may correct; ids, times and notes are the event's own. */
const leadFields = [...leadField.options, 'ownerEmail'] as const
export const opportunityFields = ['opportunityId', 'contextUrl'] as const

export type Values = Readonly<Record<string, string>>

export interface Editable {
  readonly fields: readonly string[]
  readonly values: Values
}

export interface QueuedData {
  readonly name: string
  readonly kind: QueueKind
  readonly data: unknown
}

/** What can be edited of a failed job. Undefined when nothing can, as in a body that is not text, or in a text of statusRD. */
export function readEditable({ name, kind, data }: QueuedData): Editable | undefined {
  if (kind === 'quarantine') {
    const delivery = quarantinedDelivery.safeParse(data).data
    return delivery?.encoding === 'utf8' ? { fields: ['body'], values: { body: delivery.body } } : undefined
  }
  if (isLeadEvent(name)) {
    const lead = jobs[name].data.safeParse(data).data?.lead
    if (lead === undefined) return undefined
    return { fields: leadFields, values: Object.fromEntries(leadFields.map(field => [field, lead[field] ?? ''])) }
  }
  if (!isJobName(name) || !factsOfJob(name).isEdited) return undefined
  const event = jobs[name].data.safeParse(data).data
  if (event === undefined || !('opportunityId' in event)) return undefined
  const { opportunityId, contextUrl } = event
  return { fields: opportunityFields, values: { opportunityId, contextUrl } }
}

/** Can a person correct anything in this job? Assumed so if its data were too large to be read for the page. */
export const isEditable = (kind: QueueKind, { name, data }: Pick<QueuedData, 'name' | 'data'>): boolean =>
  readEditable({ name, kind, data }) !== undefined ||
  (factsOfJob(name).isEdited && isRecord(data) && data['tooLarge'] !== undefined)

/** A job that has a preview: a lead, or a delivery of RD Station in quarantine. */
export const hasPreview = ({ kind, name, data }: QueuedData): boolean =>
  isLeadEvent(name) || (kind === 'quarantine' && deliveryWithLeads(data) !== undefined)

export function deliveryWithLeads(data: unknown): QuarantinedDelivery | undefined {
  const delivery = quarantinedDelivery.safeParse(data).data
  return delivery && bringsLeads(delivery.source) ? delivery : undefined
}
