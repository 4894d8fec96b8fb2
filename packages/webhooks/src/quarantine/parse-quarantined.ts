import { parseCrmDelivery } from '../crm/parse-crm-delivery.ts'
import { type Delivery, joinParts, quarantined } from '../delivery.ts'
import type { QuarantinedDelivery, TenantSettings } from '@ponte/contracts'
import { parseBody } from '../body/parse-body.ts'
import { partsOfRdDelivery } from '../rd/parse-rd-delivery.ts'

/** Reads a quarantined delivery again, with the settings and the parsers of today. Never throws for what the body holds. */
export const parseQuarantined = (...delivery: Parameters<typeof partsOfQuarantined>): Delivery =>
  joinParts(partsOfQuarantined(...delivery))

/** The same, part by part. */
export function* partsOfQuarantined(
  { body, encoding, form, source, intent }: QuarantinedDelivery,
  { leadFields, rdStation }: Pick<TenantSettings, 'leadFields' | 'rdStation'>,
): Generator<Delivery> {
  const read = parseBody(Buffer.from(body, encoding), { form })
  if (!read.ok) yield quarantined(read.code, read.issues, undefined)
  else if (source === 'totvs-crm') yield parseCrmDelivery(read.body, intent)
  else {
    const { acceptSyntheticConversions } = rdStation
    yield* partsOfRdDelivery(read.body, { leadFields, acceptSyntheticConversions })
  }
}
