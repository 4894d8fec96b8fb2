import { z } from 'zod'
import { isRecord } from '../json.ts'
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

/** W3C trace context of the delivery, so that one trace goes from the webhook to the API call. */
export const traceContext = z.record(z.string(), z.string())

/** What a person corrected (board, *edit and retry*): the original data, and who changed which fields when. */
export type EditedData = z.infer<typeof editedData>
export const editedData = z.object({
  /** The part of the data that can be edited, as it was before the first change. */
  original: z.record(z.string(), z.unknown()),
  changes: z.array(z.object({ at: z.iso.datetime(), by: z.string(), fields: z.array(z.string()) })),
})

/** Who does what an event asks for: Ponte, or nobody, because the tenant was in the shadow when it came (docs/behaviour/shadow.md). */
export type Owner = z.infer<typeof owner>
const owner = z.enum(['ponte', 'shadow'])

/** First in every job: the script that adds a job writes it there, by the mode of that moment, unless the job already names it. */
export const owned = {
  owner: owner.optional(),
  /** When the shadow began in which a person sent the event, which a way back had left undone (docs/behaviour/shadow.md#the-way-back). */
  sentIn: z.number().optional(),
}

/** The owner of a job, by its data. */
export const ownerOf = (data: unknown): Owner => (isRecord(data) && data['owner'] === 'shadow' ? 'shadow' : 'ponte')

/** The data of a job that is Ponte's from now on. Scripts of Redis look for the owner in the first place. `more`: what else changes. */
export function asPontes(data: unknown, more: object = {}): unknown {
  if (!isRecord(data)) return data
  const { owner: _owner, ...others } = data
  return { owner: 'ponte', ...others, ...more }
}

const envelope = {
  ...owned,
  /** Version of this shape. A job outlives a deploy: a new field is optional until the queues have drained. */
  v: z.literal(1),
  /** Identifies the event: a repeated delivery of it has the same key. */
  key: z.string().min(1),
  /** ISO 8601, when the ingress received the delivery. */
  receivedAt: z.iso.datetime(),
  trace: traceContext.optional(),
  edited: editedData.optional(),
}

/** What `ponte import` decides about a lead (docs/behaviour/leads.md#imports). */
export type LeadImport = z.infer<typeof leadImport>
const leadImport = z.object({
  opensOpportunity: z.boolean(),
  /** Nobody knows when the lead converted: it only fills what is empty. */
  isUndated: z.boolean(),
})

const leadData = z.object({
  ...envelope,
  /**
   * 2: the lead was imported. A worker that knows only version 1 would open an opportunity for it and overwrite newer values, so it must
   * refuse the job (`JOB_UNREADABLE`).
   */
  v: z.literal([1, 2]),
  lead: registeredLead,
  /** What the delivery had of the members that Ponte watches (`toSeenText`). A job goes on without it. */
  seen: z.string().optional().catch(undefined),
  import: leadImport.optional(),
})
export const leadRegistered = leadData.refine(data => (data.v === 2) === (data.import !== undefined), { path: ['v'] })

const opportunity = {
  opportunityId: z.string().min(1),
  /** Path of the opportunities of the CRM, from the webhook. Untrusted: checked before use. */
  contextUrl: z.string().min(1),
  /** The address of the webhook said what happened, and the trigger's text does not say it in words that Ponte knows. */
  triggerUnread: z.literal(true).optional(),
}

export const opportunityChanged = z.object({
  ...envelope,
  ...opportunity,
  /**
   * Set when Ponte itself scheduled this try: the round of the mark. Round 1 is scheduled only if a person asked while a round was under
   * way.
   */
  round: z.int().min(1).optional(),
})

/** Data of a job about an opportunity that makes no mark. */
export const ofOpportunity = z.object({ ...envelope, ...opportunity })
