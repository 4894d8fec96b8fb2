import { identitiesOf, identityText, isSameTime, type RegisteredLead } from '@ponte/contracts'
import { z } from 'zod'
import type { Fingerprint } from '../fingerprints/fingerprint.ts'

/** What makes a conversion the same one in another delivery, without personal data. */
export type Conversion = Readonly<z.infer<z.ZodObject<typeof conversionShape>>>
export const conversionShape = {
  /** Milliseconds since 1970. */
  at: z.number(),
  /** UUID of the contact in RD Station, where the delivery names it. */
  contact: z.string().optional(),
  /** Fingerprints of the e-mail, or of the phones of somebody without one. */
  persons: z.array(z.string()),
  /** Fingerprint of the identifier, where the delivery names one. */
  identifier: z.string().optional(),
}

export type ConvertedLead = Pick<RegisteredLead, 'uuid' | 'email' | 'phone' | 'mobilePhone' | 'conversionIdentifier'>

/** The conversion of a lead at a time, in milliseconds since 1970. */
export function conversionOf(lead: ConvertedLead, at: number, fingerprint: Fingerprint): Conversion {
  const { uuid, conversionIdentifier } = lead
  const persons = (identitiesOf(lead) ?? []).filter(({ kind }) => kind !== 'uuid')
  return {
    at,
    ...(uuid !== undefined && { contact: uuid }),
    persons: persons.map(identity => fingerprint(identityText(identity))),
    ...(conversionIdentifier !== undefined && { identifier: fingerprint(`conversion ${conversionIdentifier}`) }),
  }
}

/** Whether two deliveries tell of one conversion, whatever their format, path or key. See docs/behaviour.md#one-conversion-is-one. */
export const isSameConversion = (one: Conversion, other: Conversion): boolean =>
  isSameTime(one.at, other.at) && isSameContact(one, other) && !differ(one.identifier, other.identifier)

const isSameContact = (one: Conversion, other: Conversion): boolean =>
  one.contact === undefined || other.contact === undefined
    ? one.persons.some(person => other.persons.includes(person))
    : one.contact === other.contact

const differ = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && other !== undefined && one !== other
