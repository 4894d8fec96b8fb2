import { z } from 'zod'
import { registeredLead } from './registered-lead.ts'

/** Where a job writes to. One queue per tenant and destination. SPEC §4. */
export const destinations = ['totvs-crm', 'rd-station'] as const
export type Destination = (typeof destinations)[number]

/** W3C trace context of the delivery, so that one trace goes from the webhook to the API call. */
const traceContext = z.record(z.string(), z.string())

/** What a person corrected (board, *edit and retry*): the data as they came, and who changed which fields when. */
export type EditedData = z.infer<typeof editedData>
const editedData = z.object({
  /** The part of the data that can be edited, as it was before the first change. */
  original: z.record(z.string(), z.unknown()),
  changes: z.array(z.object({ at: z.iso.datetime(), by: z.string(), fields: z.array(z.string()) })),
})

const envelope = {
  /** Version of this shape. A job outlives a deploy: a new field is optional until the queues have drained. */
  v: z.literal(1),
  /** What makes the event the same event when it is delivered again. */
  key: z.string().min(1),
  /** ISO 8601, when the ingress received the delivery. */
  receivedAt: z.iso.datetime(),
  trace: traceContext.optional(),
  edited: editedData.optional(),
}

const leadRegistered = z.object({ ...envelope, lead: registeredLead })

const opportunity = {
  opportunityId: z.string().min(1),
  /** Path of the opportunities of the CRM, from the webhook. Untrusted: checked before use. */
  contextUrl: z.string().min(1),
}

const opportunityChanged = z.object({
  ...envelope,
  ...opportunity,
  /** Set when Ponte itself scheduled this try: which series of the statusRD loop, and which round of it. */
  round: z.object({ series: z.string().min(1), number: z.int().min(1) }).optional(),
})

const statusRdChanged = z.object({ ...envelope, ...opportunity })

const catalog = {
  'lead.registered': { destination: 'totvs-crm', data: leadRegistered },
  'opportunity.created': { destination: 'rd-station', data: opportunityChanged },
  'opportunity.won': { destination: 'rd-station', data: opportunityChanged },
  'opportunity.lost': { destination: 'rd-station', data: opportunityChanged },
  'opportunity.updated': { destination: 'rd-station', data: opportunityChanged },
  /** Not an event: writes the text that the ledger holds for an opportunity into its `statusRD` field. */
  'status-rd.changed': { destination: 'totvs-crm', data: statusRdChanged },
} as const satisfies Record<string, JobDefinition<unknown>>

interface JobDefinition<Data> {
  readonly destination: Destination
  readonly data: z.ZodType<Data>
}

export type JobName = keyof typeof catalog
export type JobData<Name extends JobName> = z.infer<(typeof catalog)[Name]['data']>

/** The only list of jobs: name, destination and shape. */
export const jobs: { [Name in JobName]: JobDefinition<JobData<Name>> } = catalog

/** The jobs that a webhook can cause. */
export type EventName = Exclude<JobName, 'status-rd.changed'>

export const isJobName = (text: string): text is JobName => Object.hasOwn(catalog, text)

/** A delivery that is authentic and cannot be read, as the quarantine queue keeps it. */
export type QuarantinedDelivery = z.infer<typeof quarantinedDelivery>
export const quarantinedDelivery = z.object({
  v: z.literal(1),
  receivedAt: z.iso.datetime(),
  source: z.enum(['rd-station', 'totvs-crm']),
  /** The intent in the URL of a CRM webhook, when there was one. */
  intent: z.string().optional(),
  /** The body as it came, as text when it is valid UTF-8, else as base64. */
  body: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  form: z.boolean(),
  /** Of the request that brought it: its events, once they can be read, belong to the same trace. */
  trace: traceContext.optional(),
  edited: editedData.optional(),
})
