import { message, type RegisteredLead, roundedPhones } from '@ponte/contracts'
import { type Delivery, quarantined } from '../delivery.ts'

/** A lead that nobody could be reached by, with the reasons why its e-mail and its phones do not count. */
export const withoutIdentity = (lead: RegisteredLead, path: string, body: unknown): Delivery<never> =>
  quarantined(
    'LEAD_WITHOUT_IDENTITY',
    [
      message('no-identity', { path }),
      ...[...(lead.messages ?? []), ...roundedPhones(lead).map(field => message('field-digits-lost', { field }))].map(
        note => message('at-place', { place: path, note }),
      ),
    ],
    body,
  )
