import { z } from 'zod'
import { events, isLeadEvent, isMarkEvent } from './events.ts'
import type { Texts } from '../language.ts'
import { type Destination, systems } from '../system.ts'
import { editedData, ofOpportunity, owned, traceContext } from './job-data.ts'

/** What the pages and commands for people make of a job. */
interface JobFacts {
  /** Its outcome is that of the event whose timeline it is in. */
  readonly decidesStatus: boolean
  /** A person may correct its data. */
  readonly isEdited: boolean
  /** It brings a lead or makes a mark: `compare` reads what both programs made of it. */
  readonly isCompared: boolean
}

/** Jobs that are not events: what an event is followed by. */
const followUps = {
  /** Writes the text that the ledger holds for an opportunity into its `statusRD` field. */
  'status-rd.changed': {
    destination: 'totvs-crm',
    data: ofOpportunity,
    en: 'Writing of statusRD',
    pt: 'Escrita do statusRD',
    decidesStatus: false,
    isEdited: false,
    isCompared: false,
  },
} as const satisfies Readonly<Record<string, JobFacts & JobDefinition<unknown>>>

const catalog = { ...events, ...followUps } as const

interface JobDefinition<Data> extends Texts {
  readonly destination: Destination
  readonly data: z.ZodType<Data>
}

export type JobName = keyof typeof catalog
export type JobData<Name extends JobName> = z.infer<(typeof catalog)[Name]['data']>

/** Every job: where it writes to, the shape of its data, and its name on pages. */
export const jobs: { [Name in JobName]: JobDefinition<JobData<Name>> } = catalog

/** The facts of a job or of a delivery in quarantine, which is an event of its own. */
export const factsOfJob = (name: string): JobFacts =>
  isFollowUp(name)
    ? followUps[name]
    : { decidesStatus: true, isEdited: true, isCompared: isLeadEvent(name) || isMarkEvent(name) }
const isFollowUp = (name: string): name is keyof typeof followUps => Object.hasOwn(followUps, name)

export const isJobName = (text: string): text is JobName => Object.hasOwn(catalog, text)

/** A delivery that is authentic and cannot be read, as the quarantine queue keeps it. */
export type QuarantinedDelivery = z.infer<typeof quarantinedDelivery>
export const quarantinedDelivery = z.object({
  ...owned,
  v: z.literal(1),
  receivedAt: z.iso.datetime(),
  source: z.enum(systems),
  /** The intent in the URL of a CRM webhook, when there was one. */
  intent: z.string().optional(),
  /** The body as it came, as text when it is valid UTF-8, else as base64. */
  body: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  form: z.boolean(),
  /** The trace of the request that brought it. Its events belong to it as well, once they can be read. */
  trace: traceContext.optional(),
  edited: editedData.optional(),
})
