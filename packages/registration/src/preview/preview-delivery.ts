import type { FailureCode, LeadEvent, Message } from '@ponte/contracts'
import type { DeliveryPreview } from './lead-preview.ts'
import { previewLead, type PreviewDeps } from './preview-lead.ts'

/** What was read of a delivery of RD Station. */
interface ReadDelivery {
  readonly events: readonly LeadEvent[]
  readonly quarantined: readonly { readonly code: FailureCode; readonly issues: readonly Message[] }[]
  readonly ignored: readonly { readonly kind: string }[]
}

/** What would become of each part of a delivery: first its leads, one by one, then the other parts. */
export async function* previewDelivery(
  { events, quarantined, ignored }: ReadDelivery,
  { receivedAt, ...deps }: PreviewDeps & { readonly receivedAt: string },
): AsyncGenerator<DeliveryPreview> {
  for (const { key, lead } of events) yield await previewLead({ v: 1, key, lead, receivedAt }, deps)
  for (const { code, issues } of quarantined) yield { kind: 'quarantined', code, issues }
  for (const { kind: what } of ignored) yield { kind: 'ignored', what }
}
