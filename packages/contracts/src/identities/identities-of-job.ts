import type { RegisteredLead } from '../jobs/registered-lead.ts'
import { phoneDigits } from './phone-digits.ts'

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
