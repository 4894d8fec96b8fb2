import type { FieldRule } from '@ponte/contracts'
import { parseRdDelivery, type RdDeliveryOptions } from '../rd/parse-rd-delivery.ts'

/** A rule that reads the first of these places that has a value. */
export const rule = (from: readonly string[], more: Partial<FieldRule> = {}): FieldRule => ({
  from: [...from],
  to: 'lead.customFields.x',
  as: 'text',
  join: ', ',
  required: false,
  ...more,
})

/** A tenant without settings of its own. */
export const options: RdDeliveryOptions = {
  leadFields: {},
  fields: [],
  filters: { send: [], skip: [] },
  routes: [],
  rdStation: { acceptSyntheticConversions: false },
}

/** The body as it is read for a tenant with these settings. */
export const parse = (body: unknown, changed: Partial<RdDeliveryOptions> = {}) =>
  parseRdDelivery(body, { ...options, ...changed })

/** A conversion in API 2.0. */
export const converted = {
  event_type: 'WEBHOOK.CONVERTED',
  event_identifier: 'e-book',
  timestamp: '2026-03-04T12:00:09.000Z',
  event_timestamp: '2026-03-04T11:59:59.999Z',
  contact: { uuid: 'c-1', email: 'ana@example.com', name: 'Ana' },
}

/** The same conversion in API 1.x. */
export const lead = {
  uuid: 'c-1',
  email: 'ana@example.com',
  name: 'Ana',
  number_conversions: '2',
  last_conversion: { content: { identificador: 'e-book' }, created_at: '2026-03-04T11:59:59.999Z' },
}
export const conversionWith = (content: object) => ({ ...lead, last_conversion: { ...lead.last_conversion, content } })
