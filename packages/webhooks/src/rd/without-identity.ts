import { type Message, message, numberAsTyped, type RegisteredLead } from '@ponte/contracts'
import { type Delivery, quarantined } from '../delivery.ts'

/** A lead that nobody could be reached by, with the reasons why its e-mail and its phones do not count. */
export const withoutIdentity = (lead: RegisteredLead, path: string, body: unknown): Delivery<never> =>
  quarantined(
    'LEAD_WITHOUT_IDENTITY',
    [
      message('no-identity', { path }),
      ...[...(lead.messages ?? []), ...roundedPhones(lead)].map(note => message('at-place', { place: path, note })),
    ],
    body,
  )

const roundedPhones = (lead: RegisteredLead): readonly Message[] =>
  (['mobilePhone', 'phone'] as const).flatMap(field =>
    lead[field] !== undefined && numberAsTyped(lead[field]) === undefined
      ? message('field-digits-lost', { field })
      : [],
  )
