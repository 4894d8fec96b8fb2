import type { LeadEvent } from '@ponte/contracts'
import type { Delivery } from '@ponte/webhooks'
import type { Reason } from './source.ts'

/** What the ingress's parser made of one lead. */
export function eventIn({
  events: [event],
  quarantined: [part],
  ignored: [other],
}: Delivery<LeadEvent>): { readonly event: LeadEvent } | { readonly reason: Reason } {
  if (event !== undefined) return { event }
  return { reason: part?.code ?? other?.kind ?? 'BODY_NOT_UNDERSTOOD' }
}
