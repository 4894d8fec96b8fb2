import { parseCrmDelivery } from '../crm/parse-crm-delivery.ts'
import { type Delivery, joinParts, quarantined } from '../delivery.ts'
import type { QuarantinedDelivery, System } from '@ponte/contracts'
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

interface BodyOptions {
  readonly settings: RdDeliveryOptions
  /** The last part of the address, where it says what happened. */
  readonly intent?: string | undefined
}

/** How the body of each source is read, part by part. */
export const partsOfBody: Readonly<Record<System, (body: unknown, options: BodyOptions) => Iterable<Delivery>>> = {
  'totvs-crm': (body, { intent }) => [parseCrmDelivery(body, intent)],
  'rd-station': (body, { settings }) => partsOfRdDelivery(body, settings),
}

/** Like `parseQuarantined`, part by part. */
export function* partsOfQuarantined(
  { body, encoding, form, source, intent }: QuarantinedDelivery,
  settings: RdDeliveryOptions,
): Generator<Delivery> {
  const read = parseBody(Buffer.from(body, encoding), { form })
  if (!read.ok) yield quarantined(read.code, read.issues, undefined)
  else yield* partsOfBody[source](read.body, { settings, intent })
}
