import { isRecord, type LeadEvent, type Message, roundedPhones } from '@ponte/contracts'
import type { Delivery } from '@ponte/webhooks'
import type { ReadRecord, UnreadRecord } from './source.ts'

/** What the ingress's parser made of one lead. */
export function eventIn({
  events: [event],
  quarantined: [part],
  ignored: [other],
}: Delivery<LeadEvent>): ReadRecord | UnreadRecord {
  if (event !== undefined) return { event, isPhoneRounded: roundedPhones(event.lead).length > 0 }
  const reason = part?.code ?? other?.kind ?? 'BODY_NOT_UNDERSTOOD'
  return { reason, isPhoneRounded: part?.issues.some(saysRounded) === true }
}

const saysRounded = ({ values }: Message): boolean =>
  isRecord(values?.['note']) && values['note']['key'] === 'field-digits-lost'
