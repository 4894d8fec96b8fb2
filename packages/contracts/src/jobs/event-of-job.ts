import { identitiesOfDelivery, identitiesOfDeliveryInSlices } from '../identities/identities-of-delivery.ts'
import { identitiesOfJob } from '../identities/identities-of-job.ts'
import { isRecord } from '../json.ts'
import { quarantinedDelivery, type QuarantinedDelivery } from './jobs.ts'
import { isMarkEvent } from '../events/events.ts'
import { z } from 'zod'

const text = z.string().optional()

/** The members of a job's data that name its event and that it is found by. */
export type JobSummary = z.infer<typeof jobSummary>
const jobSummary = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** Empty when the data have another shape: such a job has an event all the same. */
export const readJobSummary = (data: unknown): JobSummary => jobSummary.safeParse(data).data ?? {}

/** What is asked of a job; times in milliseconds since 1970. */
export interface JobOfEvent {
  readonly id?: string | undefined
  readonly name: string
  readonly data: unknown
  readonly timestamp: number
}

/** The event that a job belongs to, and what its timeline is found by. A quarantined delivery is its own event. */
export function eventOfJob({ id = '', name, data, timestamp }: JobOfEvent) {
  const subject = readJobSummary(data)
  return {
    event: name,
    key: subject.key ?? id,
    receivedAt: subject.receivedAt ?? new Date(timestamp).toISOString(),
    jobId: id,
    /** Read only when it is asked for: of a quarantined delivery the whole body has to be searched. */
    get identities(): string[] {
      const delivery = deliveryIn(data)
      return delivery === undefined ? identitiesOfJob(subject) : [...identitiesOfDelivery(delivery)]
    },
  }
}

/** The same, its identities read. The body of a quarantined delivery is searched in slices: it may be a megabyte. */
export async function identifiedEventOfJob(job: JobOfEvent) {
  const event = eventOfJob(job)
  const { event: name, key, receivedAt, jobId } = event
  const delivery = deliveryIn(job.data)
  const identities = delivery === undefined ? event.identities : await identitiesOfDeliveryInSlices(delivery)
  return { event: name, key, receivedAt, jobId, identities }
}

/** Asked of every event: to find out that zod cannot read one takes many times as long as to see that it has no body. */
const deliveryIn = (data: unknown): QuarantinedDelivery | undefined =>
  isRecord(data) && 'body' in data ? quarantinedDelivery.safeParse(data).data : undefined

/**
 * The opportunity that a job makes marks of; nothing for any other job. All of these read the opportunity once they run, so that the
 * newest failure of an opportunity shows what is wrong with its mark, and once one succeeds the others are obsolete.
 */
export const opportunityOfMark = ({ name, data }: { name: string; data: unknown }): string | undefined =>
  isMarkEvent(name) ? readJobSummary(data).opportunityId : undefined
