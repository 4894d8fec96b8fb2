import { z } from 'zod'

/** Bodies of RD Station Marketing's API as Ponte reads and writes them (docs/vendors/rd-station.md#marks, docs/vendors/rd-station.md#contacts). */
export type RdContact = z.infer<typeof rdContact>
export type RdFunnel = z.infer<typeof rdFunnel>
export type RdContactEvent = z.infer<typeof rdContactEvent>
export type RdWebhook = z.infer<typeof rdWebhook>
export type RdSegmentationContact = z.infer<typeof rdSegmentationContact>

/** `GET /platform/contacts/{identifier}:{value}`. */
export const rdContact = z.looseObject({
  uuid: z.string().min(1),
  email: z
    .string()
    .min(1)
    .nullish()
    .catch(undefined)
    .transform(value => value ?? undefined),
})

/** `GET /platform/contacts/{identifier}:{value}/funnels/default`. */
export const rdFunnel = z.looseObject({
  lifecycle_stage: z.string(),
  opportunity: z.union([z.boolean(), z.stringbool()]),
})

/** One of `GET /platform/contacts/{uuid}/events`. */
export const rdContactEvent = z.looseObject({
  event_type: z.string(),
  event_timestamp: z.string(),
})

/** One of `GET /platform/segmentations/{id}/contacts` (docs/vendors/rd-station.md#segmentations). */
export const rdSegmentationContact = z.looseObject({
  uuid: z.string().min(1),
  /** With an offset. Undefined when the contact never converted. */
  last_conversion_date: z
    .string()
    .min(1)
    .nullish()
    .catch(undefined)
    .transform(value => value ?? undefined),
})

/**
 * One of `GET /integrations/webhooks` (docs/vendors/rd-station.md#registering-webhooks). `event_type`: `WEBHOOK.CONVERTED`, in upper or
 * lower case. `status`: `active` or `suspended`. `event_identifiers`: the conversions that it sends; empty for all.
 */
export const rdWebhook = z.looseObject({
  uuid: z.string().catch(''),
  event_type: z.string(),
  url: z.string(),
  status: z.string().nullish().catch(undefined),
  event_identifiers: z.array(z.string()).nullish().catch(undefined),
  include_relations: z.array(z.string()).nullish().catch(undefined),
})

/** What a webhook can add to a contact, and what Ponte asks for: a lead's company and funnel. */
export const rdWebhookRelations = ['COMPANY', 'CONTACT_FUNNEL'] as const

/** A webhook as it is registered: `POST /integrations/webhooks`. */
export interface RdWebhookOrder {
  /** With the token in it. */
  readonly url: string
  /** Names of conversions; empty for all. */
  readonly identifiers: readonly string[]
}

export const markNames = ['opportunity', 'sale', 'loss'] as const
/** One mark: what RD Station registers about a contact. */
export type MarkName = (typeof markNames)[number]
export const lastMarks = ['none', 'open', 'hidden', 'won', 'lost'] as const
/**
 * The last mark of one opportunity in RD Station. `hidden`: it was marked as open, but its contact then got the end of another opportunity,
 * and RD Station has one state for all of them. It is also `hidden` while its mark is being taken back. See
 * docs/behaviour/marks.md#states-of-a-mark.
 */
export type LastMark = (typeof lastMarks)[number]

/** A mark as it is sent to RD Station: `POST /platform/events`. */
export type RdMark =
  | { readonly type: 'OPPORTUNITY'; readonly email: string }
  | { readonly type: 'SALE'; readonly email: string; readonly value: number }
  | { readonly type: 'OPPORTUNITY_LOST'; readonly email: string; readonly reason: string }
