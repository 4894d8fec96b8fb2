import { z } from 'zod'
import { mapFields } from '../lead-fields.ts'
import { storedMessage } from '../messages/message.ts'

const REHEARSAL_PREFIX = 'ponte-rehearsal-'

/** The conversions of one run of `ponte rehearse`. `word`: the run's own. */
export const rehearsalIdentifier = (word: string): string => REHEARSAL_PREFIX + word

/** What the deliveries of such a conversion look like is kept, by names only. */
export const isRehearsalIdentifier = (identifier: string | undefined): boolean =>
  identifier?.startsWith(REHEARSAL_PREFIX) === true

/** What a delivery of a rehearsal looked like. No values. */
export type RehearsedDelivery = z.infer<typeof rehearsedDelivery>
const rehearsedDelivery = z.object({
  /** API 1.x or API 2.0. */
  format: z.enum(['v1', 'v2']),
  /** The members that had a value, without custom fields. */
  members: z.array(z.string()),
  /** Whether `public_url` is where docs/vendors/rd-station.md#origin-of-a-lead expects the page of a contact. */
  publicUrl: z.enum(['expected', 'other', 'absent']),
  /** How many legal bases were found. */
  legalBases: z.number(),
})

/**
 * A lead as RD Station registered it, read from either webhook format. Only what the mappers need: the raw body is not kept.
 * Texts are trimmed, never empty and at most `MAX_TEXT` long; the mapper cuts them to what TOTVS CRM takes.
 */
export type RegisteredLead = z.infer<typeof registeredLead>
export const registeredLead = z.object({
  /** UUID of the contact in RD Station. Some old bodies have none. */
  uuid: z.string().optional(),
  /** The e-mail is in lower case, syntactically valid and at most 255 characters long; anything else counts as absent. */
  ...mapFields(() => z.string().optional()),
  /** E-mail of the RD Station user who owns the contact. */
  ownerEmail: z.string().optional(),
  /** Identifier of the conversion that caused the delivery. */
  conversionIdentifier: z.string().optional(),
  /** Where the visit came from that led to it (`traffic.source`): counted. */
  trafficSource: z.string().optional(),
  /** ISO 8601, UTC: when the conversion happened. Older ones never overwrite newer ones. */
  convertedAt: z.iso.datetime().optional(),
  /**
   * Why RD Station delivered the lead. Absent: it converted. `mark`: somebody or Ponte marked it as an opportunity. `mark-or-conversion`: it
   * is an opportunity, and the body does not say whether it converted before or after that.
   */
  deliveredFor: z.enum(['mark', 'mark-or-conversion']).optional(),
  /** ISO 8601, UTC: when it became an opportunity, by RD Station's clock. */
  markedAt: z.iso.datetime().optional(),
  /** ISO 8601, UTC: when RD Station created the contact. */
  contactCreatedAt: z.iso.datetime().optional(),
  /**
   * What the tenant's rules read of the delivery, by place as the rules name it. A place without a value is there only where a filter
   * under `send` reads it: then it was read. `receivedAt` is not among them: the job has it. Absent where no rule reads anything.
   */
  values: z.record(z.string(), z.array(z.string())).optional(),
  /**
   * The delivery had no funnel, so that nobody knows the owner, the stage and the score. API 1.x tells them always, and API 2.0 when
   * its webhook asks for them.
   */
  lacksFunnel: z.literal(true).optional(),
  /** Places that the tenant's rules read, and of which the body of API 2.0 said neither a value nor that there is none. */
  lacks: z.array(z.string()).optional(),
  /** Only of the conversion of `ponte rehearse`. */
  rehearsal: rehearsedDelivery.optional(),
  /** What the parser changed or left out, without personal data. It goes to the job's log. */
  messages: z.array(storedMessage).optional(),
})
