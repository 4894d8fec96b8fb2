import {
  identitiesOfDelivery,
  type Language,
  type QuarantinedDelivery,
  quarantinedDelivery,
  readJobSummary,
  systemNames,
  textIn,
  type Texts,
} from '@ponte/contracts'
import { maskEmails, maskPhone } from '../masking/masking.ts'
import { type User } from '../users/user.ts'
import type { Job } from 'bullmq'

const opportunity: Texts = { en: 'opportunity', pt: 'oportunidade' }
/** A page shows many jobs, so only the first people are named, and only the beginning of a long body is read. */
const MAX_NAMED = 3
const MAX_READ = 16 * 1024

export const NOBODY = '–'

export const opportunityText = (id: string | undefined, language: Language): string | undefined =>
  id === undefined ? undefined : `${textIn(opportunity, language)} ${id}`

/** What a job is about, for a list: masked so that an operator can distinguish two people, and without a person for a viewer. */
export function maskedContact(job: Pick<Job, 'data'>, language: Language, user: User | undefined): string {
  const { lead, opportunityId } = readJobSummary(job.data)
  const delivery = quarantinedDelivery.safeParse(job.data).data
  const phones = [lead?.mobilePhone, lead?.phone].flatMap(phone => (phone ? maskPhone(phone) : []))
  const people = [
    ...[lead?.email ? maskEmails(lead.email) : undefined, ...phones],
    ...(delivery === undefined ? [] : peopleIn(delivery).map(hint)),
  ]
  const all = [
    ...(user?.role === 'operator' ? people : []),
    ...[opportunityText(opportunityId, language), delivery && systemNames[delivery.source]],
  ]
  return [...new Set(all.filter(text => text !== undefined && text !== ''))].join(' · ') || NOBODY
}

/** The e-mail and the telephones of a job's person, in full. Empty when it holds none. */
export function wholeContact(job: Job): string {
  const { lead } = readJobSummary(job.data)
  const delivery = quarantinedDelivery.safeParse(job.data).data
  const people = delivery === undefined ? [lead?.email, lead?.mobilePhone, lead?.phone] : peopleIn(delivery)
  return [...new Set(people.filter(text => text !== undefined && text !== ''))].join(' · ')
}

/** The first e-mails and phones of a body that could not be read, unmasked. */
const peopleIn = (delivery: QuarantinedDelivery): string[] =>
  [...identitiesOfDelivery({ ...delivery, body: delivery.body.slice(0, MAX_READ) })].slice(0, MAX_NAMED)

const hint = (identity: string): string => (identity.includes('@') ? maskEmails(identity) : maskPhone(identity))
