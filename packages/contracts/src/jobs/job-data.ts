import { z } from 'zod'
import { isRecord } from '../json.ts'
import { registeredLead } from './registered-lead.ts'

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
