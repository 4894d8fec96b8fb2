import { parseCrmDelivery } from './crm-delivery.ts'
import type { Delivery } from './delivery.ts'
import type { QuarantinedDelivery } from './jobs.ts'
import { parseBody } from './parse-body.ts'
import { parseRdDelivery } from './rd-delivery.ts'
import type { TenantSettings } from './tenants-file.ts'

/** Reads a quarantined delivery again, with the settings and the parsers of today. Never throws for what the body holds. */
export function parseQuarantined(
  { body, encoding, form, source, intent }: QuarantinedDelivery,
  { leadFields, rdStation }: Pick<TenantSettings, 'leadFields' | 'rdStation'>,
): Delivery {
  const read = parseBody(Buffer.from(body, encoding), { form })
  if (!read.ok)
    return { events: [], quarantined: [{ code: read.code, issues: read.issues, body: undefined }], ignored: [] }
  if (source === 'totvs-crm') return parseCrmDelivery(read.body, intent)
  return parseRdDelivery(read.body, {
    leadFields,
    acceptSyntheticConversions: rdStation.acceptSyntheticConversions,
  })
}
