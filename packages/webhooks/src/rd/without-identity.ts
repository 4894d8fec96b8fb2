import { isRecord, message, type RegisteredLead, roundedPhones } from '@ponte/contracts'
import { type Delivery, quarantined } from '../delivery.ts'
import { readText } from '../body/read-text.ts'
import { isEmailAddress } from './read-lead.ts'

/** Members that are looked at for an e-mail, so that no body takes long. */
const MAX_MEMBERS = 2000

/** A lead that nobody could be reached by, with the reasons why its e-mail and its phones do not count. */
export const withoutIdentity = (lead: RegisteredLead, path: string, body: unknown): Delivery<never> =>
  quarantined(
    'LEAD_WITHOUT_IDENTITY',
    [
      message('no-identity', { path }),
      ...(holdsEmail(body) ? [message('email-elsewhere', { path })] : []),
      ...[...(lead.messages ?? []), ...roundedPhones(lead).map(field => message('field-digits-lost', { field }))].map(
        note => message('at-place', { place: path, note }),
      ),
    ],
    body,
  )

/** Whether the body has an e-mail in a field that is not read. That of the person in charge of the lead is none of the lead's. */
function holdsEmail(body: unknown): boolean {
  const open: unknown[] = [body]
  for (let seen = 0; seen < Math.min(open.length, MAX_MEMBERS); seen += 1) {
    const value = open[seen]
    const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined
    const members = isRecord(value)
      ? Object.entries(value).flatMap(([key, member]) => (/user|owner|responsible/i.test(key) ? [] : [member]))
      : (list ?? [])
    open.push(...members.slice(0, MAX_MEMBERS - Math.min(open.length, MAX_MEMBERS)))
    if (list === undefined && isEmailAddress(readText(value)?.toLowerCase() ?? '')) return true
  }
  return false
}
