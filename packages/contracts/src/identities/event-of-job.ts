import { identitiesOfDelivery, identitiesOfDeliveryInSlices } from './identities-of-delivery.ts'
import { isRecord } from '../json.ts'
import { quarantinedDelivery, type QuarantinedDelivery } from '../jobs/jobs.ts'
import { z } from 'zod'
import type { RegisteredLead } from '../jobs/job-data.ts'
import { phoneDigits } from './phone-digits.ts'

const text = z.string().optional()

/** The members of a job's data that name its event, and those by which an operator finds it. */
export type JobSummary = z.infer<typeof jobSummary>
const jobSummary = z.object({
  key: text,
  receivedAt: text,
  opportunityId: text,
  lead: z.object({ email: text, phone: text, mobilePhone: text }).optional().catch(undefined),
})

/** Empty when the data have another shape. Such a job still has an event. */
export const readJobSummary = (data: unknown): JobSummary => jobSummary.safeParse(data).data ?? {}

/** What has to be known of a job; times in milliseconds since 1970. */
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
    /** Read only on demand, because the whole body of a quarantined delivery has to be searched. */
    get identities(): string[] {
      const delivery = deliveryIn(data)
      return delivery === undefined ? identitiesOfJob(subject) : [...identitiesOfDelivery(delivery)]
    },
  }
}

/** `eventOfJob` with its identities read. The body of a quarantined delivery may be a megabyte, so it is searched in slices. */
export async function identifiedEventOfJob(job: JobOfEvent) {
  const event = eventOfJob(job)
  const { event: name, key, receivedAt, jobId } = event
  const delivery = deliveryIn(job.data)
  const identities = delivery === undefined ? event.identities : await identitiesOfDeliveryInSlices(delivery)
  return { event: name, key, receivedAt, jobId, identities }
}

/** Checks for a body first. This runs for every event, and a zod parse that fails takes many times as long. */
const deliveryIn = (data: unknown): QuarantinedDelivery | undefined =>
  isRecord(data) && 'body' in data ? quarantinedDelivery.safeParse(data).data : undefined

/** The members of a job's data that it is found by. */
interface Findable {
  readonly lead?: Pick<RegisteredLead, 'email' | 'phone' | 'mobilePhone'> | undefined
  readonly opportunityId?: string | undefined
}

/** What an operator finds the event by: e-mail in lower case, digits of the phones, id of the opportunity. */
export function identitiesOfJob({ lead, opportunityId }: Findable): string[] {
  const phones = [lead?.phone, lead?.mobilePhone].flatMap(phone => (phone === undefined ? [] : phoneDigits(phone)))
  const all = [lead?.email?.toLowerCase(), ...phones.filter(digits => digits.length >= 8), opportunityId]
  return [...new Set(all.flatMap(identity => (identity === undefined || identity === '' ? [] : identity)))]
}

/** The identities that a text in a search box may mean, in the form of `identitiesOfJob`. */
export function identitiesOfSearch(text: string): string[] {
  const query = text.trim()
  const isPhone = /^[+\d\s().-]+$/.test(query) && phoneDigits(query).length >= 8
  return [...new Set([query.toLowerCase(), query, ...(isPhone ? [phoneDigits(query)] : [])])].filter(
    each => each !== '',
  )
}
