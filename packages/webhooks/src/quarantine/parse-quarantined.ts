import { parseCrmDelivery } from '../crm/parse-crm-delivery.ts'
import { type Delivery, joinParts, quarantined } from '../delivery.ts'
import type { QuarantinedDelivery } from '@ponte/contracts'
import { parseBody } from '../body/parse-body.ts'
import { partsOfRdDelivery, type RdDeliveryOptions } from '../rd/parse-rd-delivery.ts'

/** A body from a file or a page of a person, as a delivery of RD Station. */
export function toDelivery(bytes: Buffer, receivedAt: string): QuarantinedDelivery {
  const form = /^\s*leads=/.test(bytes.subarray(0, 100).toString('utf8'))
  return { v: 1, receivedAt, source: 'rd-station', body: bytes.toString('base64'), encoding: 'base64', form }
}

/** Reads a quarantined delivery again, with the settings and the parsers of today. Never throws for what the body holds. */
export const parseQuarantined = (...delivery: Parameters<typeof partsOfQuarantined>): Delivery =>
  joinParts(partsOfQuarantined(...delivery))

/** Like `parseQuarantined`, part by part. */
export function* partsOfQuarantined(
  { body, encoding, form, source, intent }: QuarantinedDelivery,
  settings: RdDeliveryOptions,
): Generator<Delivery> {
  const read = parseBody(Buffer.from(body, encoding), { form })
  if (!read.ok) yield quarantined(read.code, read.issues, undefined)
  else if (source === 'totvs-crm') yield parseCrmDelivery(read.body, intent)
  else yield* partsOfRdDelivery(read.body, settings)
}
